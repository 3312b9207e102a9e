variable "alarm_actions" {
  description = "ARNs of topics and functions that are told when the alarm goes off."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.alarm_actions) <= 5
    error_message = "An alarm tells at most 5 topics and functions: let one topic tell the others."
  }
}

variable "ok_actions" {
  description = "ARNs of topics and functions that are told when all is well again."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.ok_actions) <= 5
    error_message = "An alarm tells at most 5 topics and functions: let one topic tell the others."
  }
}

variable "insufficient_data_actions" {
  description = "ARNs of topics and functions that are told when there are no data."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.insufficient_data_actions) <= 5
    error_message = "An alarm tells at most 5 topics and functions: let one topic tell the others."
  }
}

variable "tags" {
  description = "Tags of the alarm."
  type        = map(string)
  default     = {}
  nullable    = false
}
