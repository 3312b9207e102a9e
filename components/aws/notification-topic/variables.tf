variable "name" {
  description = "Name of the topic."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,256}$", var.name))
    error_message = "A topic's name has 1 to 256 letters, digits, hyphens and underscores: take out what else it has."
  }
}

variable "emails" {
  description = "Addresses that get every message; each owner confirms once, by the link in a first mail."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for email in var.emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", email))])
    error_message = "Every entry of emails is one address such as team@example.com."
  }

  validation {
    condition     = length(distinct(var.emails)) == length(var.emails)
    error_message = "An address stands twice in emails: remove one."
  }
}

variable "kms_key_arn" {
  description = "ARN of the key that messages are encrypted with; null for the account's key for SNS, which alarms can't use."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null ? true : can(regex("^arn:[^:]+:kms:", var.kms_key_arn))
    error_message = "kms_key_arn is a key's ARN: take the output arn of the component kms-key."
  }
}

variable "alarm_arns" {
  description = "ARNs of the CloudWatch alarms that may publish, each of which may end with an asterisk."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.alarm_arns : can(regex("^arn:[^:]+:cloudwatch:[^:]*:[^:]*:alarm:.+$", arn))])
    error_message = "Every entry of alarm_arns is an alarm's ARN such as arn:aws:cloudwatch:us-east-1:123456789012:alarm:demo*."
  }
}

variable "tags" {
  description = "Tags of the topic."
  type        = map(string)
  default     = {}
  nullable    = false
}
