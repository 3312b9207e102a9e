variable "name" {
  description = "Identifier of the database, and what the names of its groups and roles begin with."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z](-?[a-z0-9])*$", var.name)) && length(var.name) <= 52
    error_message = "A database's name has at most 52 lower-case letters, digits and single hyphens, begins with a letter and doesn't end with a hyphen: shorten it, or take out what else it has."
  }
}

variable "vpc_id" {
  description = "VPC of the database and its clients."
  type        = string
  nullable    = false
}

variable "subnet_ids" {
  description = "Private subnets in at least two Availability Zones."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(distinct(var.subnet_ids)) >= 2
    error_message = "RDS wants subnets of at least two Availability Zones: name two or more."
  }
}

variable "client_security_groups" {
  description = "Security groups whose members may connect: a name for each, which is the rule's description, and its id."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "database_name" {
  description = "Name of the database that is made in the instance."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z_][a-zA-Z0-9_]{0,62}$", var.database_name)) && !contains(["postgres", "rdsadmin", "template0", "template1"], var.database_name)
    error_message = "database_name has 1 to 63 letters, digits and underscores, begins with a letter or underscore, and isn't one that PostgreSQL or RDS has already."
  }
}

variable "username" {
  description = "Name of the master user; its password is made, kept and rotated by RDS."
  type        = string
  default     = "dbkeeper"
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z][a-zA-Z0-9_]{0,62}$", var.username)) && !contains(["admin", "postgres", "rdsadmin"], lower(var.username))
    error_message = "username has letters, digits and underscores, begins with a letter, and isn't a name that everybody would try first: admin, postgres or rdsadmin."
  }
}

variable "iam_authentication" {
  description = "Whether roles of the database to which rds_iam was granted connect with IAM's tokens; another way in, so it's off unless somebody needs it."
  type        = bool
  default     = false
  nullable    = false
}

variable "port" {
  description = "Port that the database listens on; not PostgreSQL's own, which everybody would try first."
  type        = number
  default     = 5433
  nullable    = false

  validation {
    condition     = var.port >= 1150 && var.port <= 65535 && floor(var.port) == var.port && var.port != 5432
    error_message = "port is a whole number from 1150 to 65535 other than 5432."
  }
}

variable "engine_version" {
  description = "Version of PostgreSQL: a major one, whose newest minor version RDS takes, or one in full."
  type        = string
  default     = "17"
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]+([.][0-9]+)?$", var.engine_version))
    error_message = "engine_version is a major version such as 17, or one in full such as 17.10."
  }
}

variable "instance_class" {
  description = "Class of the instance."
  type        = string
  default     = "db.t4g.micro"
  nullable    = false

  validation {
    condition     = startswith(var.instance_class, "db.")
    error_message = "instance_class begins with db., such as db.t4g.micro."
  }
}

variable "storage_in_gb" {
  description = "Storage that is there from the start."
  type        = number
  default     = 20
  nullable    = false

  validation {
    condition     = var.storage_in_gb >= 20 && var.storage_in_gb <= 65536 && floor(var.storage_in_gb) == var.storage_in_gb
    error_message = "storage_in_gb is a whole number from 20 to 65536, which is what gp3 storage can be."
  }
}

variable "max_storage_in_gb" {
  description = "Storage up to which RDS adds to it by itself; null for not at all."
  type        = number
  default     = null

  validation {
    condition     = var.max_storage_in_gb == null ? true : var.max_storage_in_gb >= 26 && floor(var.max_storage_in_gb) == var.max_storage_in_gb
    error_message = "max_storage_in_gb is a whole number, at least a quarter above storage_in_gb, or null."
  }
}

variable "multi_az" {
  description = "Whether a second instance stands by in another Availability Zone; it costs as much as the first."
  type        = bool
  default     = true
  nullable    = false
}

variable "backup_retention_in_days" {
  description = "Days for which daily backups are kept."
  type        = number
  default     = 7
  nullable    = false

  validation {
    condition     = var.backup_retention_in_days >= 1 && var.backup_retention_in_days <= 35 && floor(var.backup_retention_in_days) == var.backup_retention_in_days
    error_message = "backup_retention_in_days is a whole number from 1 to 35."
  }
}

variable "deletion_protection" {
  description = "Whether RDS refuses to delete the database. To destroy it, apply false first."
  type        = bool
  default     = true
  nullable    = false
}

variable "final_snapshot" {
  description = "Whether destroying the database leaves a last snapshot, NAME-final."
  type        = bool
  default     = true
  nullable    = false
}

variable "apply_immediately" {
  description = "Whether changes that need a restart are made at once, not in the maintenance window."
  type        = bool
  default     = false
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the key for storage, secret and performance figures; null for the account's own keys."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null ? true : can(regex("^arn:[^:]+:kms:", var.kms_key_arn))
    error_message = "kms_key_arn is the ARN of a KMS key, not its id or alias, or null."
  }
}

variable "parameters" {
  description = "More of PostgreSQL's parameters, by name."
  type = map(object({
    value        = string                        # The parameter's value, in PostgreSQL's own unit for it.
    apply_method = optional(string, "immediate") # immediate or, for one that waits for a restart, pending-reboot.
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for one in var.parameters : contains(["immediate", "pending-reboot"], one.apply_method)])
    error_message = "apply_method is immediate or pending-reboot."
  }

  validation {
    condition     = length(setintersection(keys(var.parameters), ["rds.force_ssl", "log_connections", "log_disconnections", "log_statement", "log_min_duration_statement"])) == 0
    error_message = "rds.force_ssl and what is logged are set already: leave them out. For slow statements there is log_statements_from_ms."
  }
}

variable "log_statements_from_ms" {
  description = "Statements that take at least so many milliseconds are logged."
  type        = number
  default     = 1000
  nullable    = false

  validation {
    condition     = var.log_statements_from_ms >= 0 && floor(var.log_statements_from_ms) == var.log_statements_from_ms
    error_message = "log_statements_from_ms is a whole number, 0 for all statements."
  }
}

variable "log_retention_in_days" {
  description = "Days for which logs are kept."
  type        = number
  default     = 365
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_in_days)
    error_message = "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days: choose one."
  }
}

variable "tags" {
  description = "Tags of all that is made."
  type        = map(string)
  default     = {}
  nullable    = false
}
