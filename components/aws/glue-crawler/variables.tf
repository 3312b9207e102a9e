variable "name" {
  description = "Name of the crawler and of its role."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,64}$", var.name))
    error_message = "A crawler's name has 1 to 64 letters, digits, hyphens and underscores, as its role's name does: shorten it, or take out what else it has."
  }
}

variable "description" {
  description = "What the crawler and its database are for, in a line."
  type        = string
  default     = "Keeps tables of what lies in S3."
  nullable    = false
}

variable "targets" {
  description = "What to crawl."
  type = list(object({
    store_name  = string                     # The bucket's name.
    store_arn   = string                     # The bucket's ARN.
    prefix      = string                     # Where to crawl: it ends with a slash, or is empty for the whole store.
    exclusions  = optional(list(string), []) # Objects to leave out, as Glue's exclude patterns from the prefix on.
    sample_size = optional(number)           # How many files of each folder to look into, from 1 to 249; null: all.
  }))
  nullable = false

  validation {
    condition     = length(var.targets) > 0
    error_message = "targets names nothing to crawl: give at least one store and prefix."
  }

  validation {
    condition     = alltrue([for target in var.targets : target.prefix == "" || endswith(target.prefix, "/")])
    error_message = "Every prefix in targets ends with a slash, such as \"predictions/\"; without it the grant reaches other keys that begin alike."
  }

  validation {
    condition     = alltrue([for target in var.targets : target.sample_size == null ? true : target.sample_size >= 1 && target.sample_size <= 249 && floor(target.sample_size) == target.sample_size])
    error_message = "A sample_size is a whole number from 1 to 249, or null to look into every file."
  }
}

variable "database_name" {
  description = "Name of the database that the tables are kept in; null names it after the crawler."
  type        = string
  default     = null

  validation {
    condition     = var.database_name == null ? true : can(regex("^[a-z0-9_]{1,255}$", var.database_name))
    error_message = "A database's name has small letters, digits and underscores, at most 255 of them: Athena takes no others."
  }
}

variable "table_prefix" {
  description = "What the names of all tables begin with."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9_]{0,128}$", var.table_prefix))
    error_message = "table_prefix has small letters, digits and underscores, at most 128 of them: Athena takes no others."
  }
}

variable "one_table_per_target" {
  description = "Whether all files of a target whose format is the same make one table, whatever their columns are; otherwise Glue compares their schemas."
  type        = bool
  default     = true
  nullable    = false
}

variable "new_folders_only" {
  description = "Whether a crawl adds the folders that are new and leaves the rest as it is; for stores that only grow."
  type        = bool
  default     = false
  nullable    = false
}

variable "delete_behavior" {
  description = "What becomes of a table whose objects are gone: DEPRECATE_IN_DATABASE marks it, DELETE_FROM_DATABASE removes it, LOG leaves it."
  type        = string
  default     = "DEPRECATE_IN_DATABASE"
  nullable    = false

  validation {
    condition     = contains(["DEPRECATE_IN_DATABASE", "DELETE_FROM_DATABASE", "LOG"], var.delete_behavior)
    error_message = "delete_behavior is DEPRECATE_IN_DATABASE, DELETE_FROM_DATABASE or LOG."
  }
}

variable "security_configuration" {
  description = "Name of a Glue security configuration, which says how logs are encrypted; null for AWS's own ways."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of the crawler, its database and its role."
  type        = map(string)
  default     = {}
  nullable    = false
}
