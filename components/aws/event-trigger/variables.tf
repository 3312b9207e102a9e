variable "name" {
  description = "Name of the rule and the queue; the second queue's name ends with -dead-letters."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,64}$", var.name))
    error_message = "A trigger's name has 1 to 64 letters, digits, hyphens and underscores, as its rule's name does: shorten it, or take out what else it has."
  }
}

variable "description" {
  description = "Which events these are, in a line."
  type        = string
  nullable    = false
}

variable "event_pattern" {
  description = "EventBridge pattern of the events, as JSON."
  type        = string
  nullable    = false

  validation {
    condition     = can(keys(jsondecode(var.event_pattern)))
    error_message = "event_pattern is an EventBridge pattern as a JSON object: write it with jsonencode({ source = [\"aws.s3\"] })."
  }
}

variable "function_arn" {
  description = "ARN of the function. It gets SQS batches whose bodies are the events, and answers with batchItemFailures."
  type        = string
  nullable    = false
}

variable "function_role_name" {
  description = "Name of the function's role, which is allowed to read the queue."
  type        = string
  nullable    = false
}

variable "function_timeout_in_seconds" {
  description = "The function's own time-out; the queue hides a message for six times as long."
  type        = number
  nullable    = false

  validation {
    condition     = var.function_timeout_in_seconds >= 1 && var.function_timeout_in_seconds <= 900
    error_message = "function_timeout_in_seconds is from 1 to 900, as Lambda's own is."
  }
}

variable "batch_size" {
  description = "How many events one invocation gets at most."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = var.batch_size >= 1 && var.batch_size <= 10 && floor(var.batch_size) == var.batch_size
    error_message = "batch_size is a whole number from 1 to 10; more would need a batching window."
  }
}

variable "max_receive_count" {
  description = "How often an event is tried before it goes to the dead letters."
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = var.max_receive_count >= 1 && var.max_receive_count <= 1000 && floor(var.max_receive_count) == var.max_receive_count
    error_message = "max_receive_count is a whole number from 1 to 1000."
  }
}

variable "tags" {
  description = "Tags of the rule and the queues."
  type        = map(string)
  default     = {}
  nullable    = false
}
