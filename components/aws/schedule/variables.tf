variable "name" {
  description = "Name of the schedule; its role and its queue begin so."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,55}$", var.name))
    error_message = "A schedule's name has 1 to 55 letters, digits, hyphens and underscores, so that its role's name fits, too: shorten it, or take out what else it has."
  }
}

variable "description" {
  description = "What the schedule is for, in a line."
  type        = string
  nullable    = false
}

variable "schedule_expression" {
  description = "When it fires: rate(1 hour), cron(0 9 ? * MON-FRI *) with its six fields, or at(2030-01-31T09:00:00)."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^(rate|cron|at)\\([^()]+\\)$", var.schedule_expression))
    error_message = "schedule_expression is rate(…), cron(…) or at(…), such as rate(1 hour) or cron(0 9 ? * MON-FRI *)."
  }

  validation {
    condition     = !startswith(var.schedule_expression, "cron(") || length(split(" ", trimsuffix(trimprefix(var.schedule_expression, "cron("), ")"))) == 6
    error_message = "cron() has six fields: minutes, hours, day of the month, month, day of the week, year."
  }
}

variable "time_zone" {
  description = "Time zone of cron() and at(), such as Europe/Berlin."
  type        = string
  default     = "UTC"
  nullable    = false
}

variable "window_in_minutes" {
  description = "Within how many minutes after its time the target may be called; 0: in that minute."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.window_in_minutes >= 0 && var.window_in_minutes <= 1440
    error_message = "window_in_minutes is from 0 to 1440."
  }
}

variable "enabled" {
  description = "Whether it fires."
  type        = bool
  default     = true
  nullable    = false
}

variable "target_arn" {
  description = "ARN of what is called: a function, a state machine, a queue or a topic."
  type        = string
  nullable    = false
}

variable "action" {
  description = "What is done with it, which the schedule's role may do and nothing else: lambda:InvokeFunction, states:StartExecution, sqs:SendMessage or sns:Publish."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["lambda:InvokeFunction", "states:StartExecution", "sqs:SendMessage", "sns:Publish"], var.action)
    error_message = "action is lambda:InvokeFunction, states:StartExecution, sqs:SendMessage or sns:Publish."
  }
}

variable "input" {
  description = "JSON that the target gets. <aws.scheduler.scheduled-time>, <aws.scheduler.schedule-arn>, <aws.scheduler.execution-id> and <aws.scheduler.attempt-number> in it are filled in; null: Scheduler's notice."
  type        = string
  default     = null

  validation {
    condition     = var.input == null || can(jsondecode(var.input))
    error_message = "input is JSON: write it with jsonencode()."
  }
}

variable "maximum_event_age_in_seconds" {
  description = "For how long a call that fails is tried again."
  type        = number
  default     = 3600
  nullable    = false

  validation {
    condition     = var.maximum_event_age_in_seconds >= 60 && var.maximum_event_age_in_seconds <= 86400
    error_message = "maximum_event_age_in_seconds is from 60 to 86400."
  }
}

variable "maximum_retry_attempts" {
  description = "How often a call that fails is tried again."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = var.maximum_retry_attempts >= 0 && var.maximum_retry_attempts <= 185
    error_message = "maximum_retry_attempts is from 0 to 185."
  }
}

variable "kms_key_arn" {
  description = "ARN of the key that the schedule's input is encrypted with; null for AWS's own."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null ? true : can(regex("^arn:[^:]+:kms:", var.kms_key_arn))
    error_message = "kms_key_arn is a key's ARN: take the output arn of the component kms-key."
  }
}

variable "tags" {
  description = "Tags of the role and the queue; schedules have none."
  type        = map(string)
  default     = {}
  nullable    = false
}
