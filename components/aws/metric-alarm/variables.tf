variable "name" {
  description = "Name of the alarm."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[^[:cntrl:]]{1,255}$", var.name))
    error_message = "An alarm's name has 1 to 255 characters and no control characters: shorten it, or take those out."
  }
}

variable "description" {
  description = "What is wrong when the alarm goes off and what to do then, in a line: people read it in the notification."
  type        = string
  nullable    = false
}

variable "metric" {
  description = "The metric to watch. Null with expression."
  type = object({
    namespace  = string                      # The metric's namespace, such as AWS/Lambda.
    name       = string                      # The metric's name.
    dimensions = optional(map(string), {})   # All its dimensions: another set is another metric.
    statistic  = optional(string, "Average") # Average, Maximum, Minimum, SampleCount, Sum or a percentile such as p99.
    unit       = optional(string)            # Its unit, if it has several; null: whichever it has.
  })
  default = null

  validation {
    condition     = var.metric == null || can(regex("^(Average|Maximum|Minimum|SampleCount|Sum|p(\\d{1,2}(\\.\\d+)?|100))$", var.metric.statistic))
    error_message = "metric.statistic is Average, Maximum, Minimum, SampleCount, Sum or a percentile such as p99."
  }
}

variable "expression" {
  description = "What to watch in place of one metric: metric math over several. Null with metric."
  type = object({
    formula = string # The formula, in metric math.
    label   = string # What the formula's value is called.
    # The metrics by the ids that the formula names.
    metrics = map(object({
      namespace  = string                    # The metric's namespace, such as AWS/Lambda.
      name       = string                    # The metric's name.
      dimensions = optional(map(string), {}) # All its dimensions: another set is another metric.
      statistic  = optional(string, "Sum")   # Average, Maximum, Minimum, SampleCount, Sum or a percentile such as p99.
      unit       = optional(string)          # Its unit, if it has several; null: whichever it has.
    }))
  })
  default = null

  validation {
    condition     = var.expression == null || alltrue([for id in keys(try(var.expression.metrics, {})) : can(regex("^[a-z][a-zA-Z0-9_]*$", id)) && id != "watched"])
    error_message = "Every key of expression.metrics begins with a lower-case letter, has only letters, digits and underscores, and isn't watched."
  }
}

variable "threshold" {
  description = "The value that the metric is compared with."
  type        = number
  nullable    = false
}

variable "comparison_operator" {
  description = "How it is compared: GreaterThanThreshold, GreaterThanOrEqualToThreshold, LessThanThreshold or LessThanOrEqualToThreshold."
  type        = string
  default     = "GreaterThanThreshold"
  nullable    = false

  validation {
    condition     = contains(["GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"], var.comparison_operator)
    error_message = "comparison_operator is GreaterThanThreshold, GreaterThanOrEqualToThreshold, LessThanThreshold or LessThanOrEqualToThreshold."
  }
}

variable "period_in_seconds" {
  description = "Length of a period: 10, 20 or 30 for high-resolution metrics, else a multiple of 60."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = contains([10, 20, 30], var.period_in_seconds) || (var.period_in_seconds >= 60 && var.period_in_seconds % 60 == 0)
    error_message = "period_in_seconds is 10, 20, 30 or a multiple of 60."
  }
}

variable "evaluation_periods" {
  description = "How many of the latest periods are looked at. All of them together are at most a day, or seven days where a period is an hour or longer."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.evaluation_periods >= 1 && floor(var.evaluation_periods) == var.evaluation_periods
    error_message = "evaluation_periods is a whole number of at least 1."
  }
}

variable "datapoints_to_alarm" {
  description = "How many of those periods must be beyond the threshold; null: all."
  type        = number
  default     = null

  validation {
    condition     = var.datapoints_to_alarm == null || try(var.datapoints_to_alarm >= 1 && floor(var.datapoints_to_alarm) == var.datapoints_to_alarm, false)
    error_message = "datapoints_to_alarm is a whole number of at least 1, or null for all evaluation periods."
  }
}

variable "treat_missing_data" {
  description = "What a period without data counts as: notBreaching (a metric that only appears when something fails), breaching (one that must always be there), ignore (the state stays) or missing."
  type        = string
  default     = "notBreaching"
  nullable    = false

  validation {
    condition     = contains(["notBreaching", "breaching", "ignore", "missing"], var.treat_missing_data)
    error_message = "treat_missing_data is notBreaching, breaching, ignore or missing."
  }
}
