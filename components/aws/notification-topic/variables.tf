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

variable "tags" {
  description = "Tags of the topic."
  type        = map(string)
  default     = {}
  nullable    = false
}
