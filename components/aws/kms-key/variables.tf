variable "name" {
  description = "Name of the key's alias, without alias/ before it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9/_-]{1,250}$", var.name)) && !startswith(var.name, "aws/")
    error_message = "An alias has 1 to 250 letters, digits, hyphens, underscores and slashes, and doesn't begin with aws/, which AWS keeps for itself."
  }
}

variable "description" {
  description = "What the key is for, in a line."
  type        = string
  nullable    = false
}

variable "services" {
  description = "Services that use the key by themselves, by a name for each."
  type = map(object({
    service     = string       # The service's principal, such as cloudwatch.amazonaws.com.
    source_arns = list(string) # For which resources it may, as ARNs that may end with an asterisk.
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for one in var.services : endswith(one.service, ".amazonaws.com") && length(one.source_arns) > 0])
    error_message = "Every entry of services has a principal such as cloudwatch.amazonaws.com and at least one of source_arns."
  }
}

variable "deletion_window_in_days" {
  description = "Days that a deleted key can be taken back in; what it encrypted is lost after them."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.deletion_window_in_days >= 7 && var.deletion_window_in_days <= 30 && floor(var.deletion_window_in_days) == var.deletion_window_in_days
    error_message = "deletion_window_in_days is a whole number from 7 to 30."
  }
}

variable "tags" {
  description = "Tags of the key."
  type        = map(string)
  default     = {}
  nullable    = false
}
