variable "name" {
  description = "Name of the function, its role and its log group."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,64}$", var.name))
    error_message = "A function's name has 1 to 64 letters, digits, hyphens and underscores: shorten it, or take out what else it has."
  }
}

variable "description" {
  description = "What the function is for, in a line."
  type        = string
  nullable    = false
}

variable "source_path" {
  description = "Local path of the folder whose files are the function; folders named tests, hidden folders and Python's caches stay out."
  type        = string
  nullable    = false
}

variable "artifacts_lock" {
  description = "Local path of the artifacts.lock.json that `s-infra wheel build SOURCE --target lambda-…` wrote for source_path, whose zip, and layer if it made one, is then taken; null where the source needs no packages."
  type        = string
  default     = null
}

variable "handler" {
  description = "Module and function that Lambda calls."
  type        = string
  default     = "handler.handle"
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z_][a-zA-Z0-9_]*\\.[a-zA-Z_][a-zA-Z0-9_]*$", var.handler))
    error_message = "handler is a module's name, a dot and a function's name, such as handler.handle."
  }
}

variable "runtime" {
  description = "Python of the function: python3.12, which every accepted version of the aws provider knows, or python3.13, which those from 5.76 know."
  type        = string
  default     = "python3.12"
  nullable    = false

  validation {
    condition     = contains(["python3.12", "python3.13"], var.runtime)
    error_message = "runtime is python3.12 or python3.13; Lambda has retired older ones, or soon will."
  }
}

variable "architecture" {
  description = "Processor: arm64 or x86_64."
  type        = string
  default     = "arm64"
  nullable    = false

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture is arm64 or x86_64."
  }
}

variable "environment" {
  description = "Environment variables. They can be read by whoever may see the function: ARNs and names, never a secret."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "policy_json" {
  description = "What the function may do besides writing logs and traces: a policy document as JSON; null for nothing."
  type        = string
  default     = null

  validation {
    condition     = var.policy_json == null ? true : can(jsondecode(var.policy_json).Statement)
    error_message = "policy_json is a policy document as JSON: take the json of a data \"aws_iam_policy_document\"."
  }
}

variable "memory_in_mb" {
  description = "Memory; processor time grows with it."
  type        = number
  default     = 256
  nullable    = false

  validation {
    condition     = var.memory_in_mb >= 128 && var.memory_in_mb <= 10240 && floor(var.memory_in_mb) == var.memory_in_mb
    error_message = "memory_in_mb is a whole number from 128 to 10240."
  }
}

variable "timeout_in_seconds" {
  description = "Seconds after which Lambda stops an invocation."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.timeout_in_seconds >= 1 && var.timeout_in_seconds <= 900 && floor(var.timeout_in_seconds) == var.timeout_in_seconds
    error_message = "timeout_in_seconds is a whole number from 1 to 900."
  }
}

variable "reserved_concurrency" {
  description = "Invocations at the same time that are kept for this function and that it can't exceed; null for no such bound. A small account may have none to reserve."
  type        = number
  default     = null

  validation {
    condition     = var.reserved_concurrency == null ? true : var.reserved_concurrency >= 0 && floor(var.reserved_concurrency) == var.reserved_concurrency
    error_message = "reserved_concurrency is a whole number, 0 to let no invocation through, or null for no bound."
  }
}

variable "dead_letter_arn" {
  description = "ARN of the queue or topic that takes events on which an asynchronous invocation gave up; null where the caller keeps them, as a queue does."
  type        = string
  default     = null

  validation {
    condition     = var.dead_letter_arn == null ? true : can(regex("^arn:[^:]+:(sqs|sns):", var.dead_letter_arn))
    error_message = "dead_letter_arn is the ARN of an SQS queue or an SNS topic."
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

variable "kms_key_arn" {
  description = "ARN of the key that the environment and the log are encrypted with; its policy must let CloudWatch Logs use it. Null for AWS's own."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null ? true : can(regex("^arn:[^:]+:kms:", var.kms_key_arn))
    error_message = "kms_key_arn is a key's ARN: take the output arn of the component kms-key."
  }
}

variable "tags" {
  description = "Tags of the function, its role and its log group."
  type        = map(string)
  default     = {}
  nullable    = false
}
