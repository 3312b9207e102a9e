variable "name" {
  description = "Name of the bucket, the same in every account and Region: put the account's id in it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "A store's name has 3 to 63 lower-case letters, digits and hyphens and begins and ends with a letter or digit: shorten the prefix, or take out what else it has."
  }
}

variable "send_events" {
  description = "Whether S3 tells EventBridge of every object that lands."
  type        = bool
  default     = false
  nullable    = false
}

variable "noncurrent_version_days" {
  description = "Days for which an overwritten or deleted version is kept."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = var.noncurrent_version_days >= 1 && floor(var.noncurrent_version_days) == var.noncurrent_version_days
    error_message = "noncurrent_version_days is a whole number of at least 1: S3 keeps an old version for a day or more."
  }
}

variable "force_destroy" {
  description = "Whether destroying the store deletes the objects in it, with all their versions. With false, a store that isn't empty stays."
  type        = bool
  default     = false
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the key that objects are encrypted with, which every reader and writer then needs a grant for; null for the account's key for S3, which needs none."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null ? true : can(regex("^arn:[^:]+:kms:", var.kms_key_arn))
    error_message = "kms_key_arn is a key's ARN: take the output arn of the component kms-key."
  }
}

variable "tags" {
  description = "Tags of the bucket."
  type        = map(string)
  default     = {}
  nullable    = false
}
