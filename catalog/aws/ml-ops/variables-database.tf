# group: Predictive database

# Refused by its own rule until a later version.
# docs-ignore: unused
variable "enable_predictive_db" {
  description = "Whether predictions are loaded in a PostgreSQL database: not in this version, true is refused."
  type        = bool
  default     = false
  nullable    = false
}

variable "predictive_db_name" {
  description = "Name of the predictive database."
  type        = string
  default     = "model_outputs"
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z_][a-zA-Z0-9_]{0,62}$", var.predictive_db_name))
    error_message = "predictive_db_name has 1 to 63 letters, digits and underscores, and begins with no digit."
  }
}

variable "predictive_db_admin_user" {
  description = "Name of the database's master user."
  type        = string
  default     = "pgadmin"
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z][a-zA-Z0-9_]{0,62}$", var.predictive_db_admin_user)) && !contains(["admin", "postgres", "rdsadmin"], lower(var.predictive_db_admin_user))
    error_message = "predictive_db_admin_user has 1 to 63 letters, digits and underscores, begins with a letter, and is none of admin, postgres and rdsadmin."
  }
}

variable "predictive_db_admin_password" {
  description = "Password of the master user; null, which is better, for one that RDS makes and keeps in Secrets Manager."
  type        = string
  default     = null
  sensitive   = true

  validation {
    condition     = var.predictive_db_admin_password == null ? true : length(var.predictive_db_admin_password) >= 8 && !can(regex("[/@\" ]", var.predictive_db_admin_password))
    error_message = "predictive_db_admin_password has at least 8 characters, and no slash, at sign, quote or space."
  }
}

variable "predictive_db_storage_size_in_gb" {
  description = "Size of the database's storage, in GB; 20 is the least that RDS gives."
  type        = string
  default     = "20"
  nullable    = false

  validation {
    condition     = can(regex("^[1-9][0-9]*$", var.predictive_db_storage_size_in_gb))
    error_message = "predictive_db_storage_size_in_gb is a whole number of GB."
  }
}

variable "predictive_db_instance_class" {
  description = "Instance class of the database."
  type        = string
  default     = "db.t3.micro"
  nullable    = false

  validation {
    condition     = can(regex("^db\\.[a-z0-9-]+\\.[a-z0-9]+$", var.predictive_db_instance_class))
    error_message = "predictive_db_instance_class is an RDS instance class such as db.t3.micro."
  }
}
