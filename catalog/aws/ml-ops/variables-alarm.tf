# group: Alarm

variable "alarm_name" {
  description = "Name of the alarm, after the pipeline's name."
  type        = string
  default     = "Model is Overfitting and Retraining Alarm"
  nullable    = false

  validation {
    condition     = can(regex("^[^[:cntrl:]]{1,200}$", var.alarm_name))
    error_message = "alarm_name has 1 to 200 characters in one line."
  }
}

variable "alarm_description" {
  description = "What the alarm's mail says of it."
  type        = string
  default     = "The model's metric is out of its bounds: look at the last training run."
  nullable    = false

  validation {
    condition     = length(var.alarm_description) <= 1024
    error_message = "alarm_description has at most 1024 characters."
  }
}

variable "alarm_metric_name" {
  description = "Metric that the alarm watches: \"Training X\" or \"Validation X\", where X is tuning_metric with a capital; null for the first. A training run publishes both, in the namespace s-infra/ml-ops with the dimension Pipeline, as far as train logs them (validation: tuning_metric; training: training-accuracy=0.98, for example)."
  type        = string
  default     = null

  validation {
    condition     = var.alarm_metric_name == null ? true : can(regex("^(Training|Validation) \\S+$", var.alarm_metric_name))
    error_message = "alarm_metric_name is \"Training X\" or \"Validation X\", where X is tuning_metric with a capital, such as \"Validation Accuracy\"."
  }
}

variable "alarm_comparison_operator" {
  description = "How the statistic is compared with alarm_threshold: NumericLessThan, NumericLessThanEquals, NumericGreaterThan or NumericGreaterThanEquals, or CloudWatch's own names of them."
  type        = string
  default     = "NumericLessThan"
  nullable    = false

  validation {
    condition = contains([
      "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals",
      "LessThanThreshold", "LessThanOrEqualToThreshold", "GreaterThanThreshold", "GreaterThanOrEqualToThreshold",
    ], var.alarm_comparison_operator)
    error_message = "alarm_comparison_operator is NumericLessThan, NumericLessThanEquals, NumericGreaterThan or NumericGreaterThanEquals (or CloudWatch's LessThanThreshold, LessThanOrEqualToThreshold, GreaterThanThreshold, GreaterThanOrEqualToThreshold): CloudWatch compares numbers in no other way."
  }
}

variable "alarm_threshold" {
  description = "What the statistic is compared with; in percent where the unit is Percent."
  type        = number
  default     = 90
  nullable    = false
}

variable "alarm_statistic" {
  description = "Statistic of a period: Average, Maximum, Minimum, SampleCount or Sum."
  type        = string
  default     = "Maximum"
  nullable    = false

  validation {
    condition     = contains(["Average", "Maximum", "Minimum", "SampleCount", "Sum"], var.alarm_statistic)
    error_message = "alarm_statistic is Average, Maximum, Minimum, SampleCount or Sum."
  }
}

variable "alarm_statistic_unit_name" {
  description = "Unit that the metrics are published in: Percent (a share of one, times a hundred) or None (as train logs them)."
  type        = string
  default     = "Percent"
  nullable    = false

  validation {
    condition     = contains(["Percent", "None"], var.alarm_statistic_unit_name)
    error_message = "alarm_statistic_unit_name is Percent, for a metric between 0 and 1, or None."
  }
}

variable "alarm_metric_evaluation_period" {
  description = "Seconds of a period: 10, 20, 30 or a multiple of 60."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = contains([10, 20, 30], var.alarm_metric_evaluation_period) || (var.alarm_metric_evaluation_period >= 60 && var.alarm_metric_evaluation_period % 60 == 0)
    error_message = "alarm_metric_evaluation_period is 10, 20, 30 or a multiple of 60 seconds."
  }
}

variable "alarm_evaluation_period" {
  description = "How many of the last periods are looked at."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.alarm_evaluation_period >= 1 && floor(var.alarm_evaluation_period) == var.alarm_evaluation_period
    error_message = "alarm_evaluation_period is a whole number of at least 1."
  }
}

variable "alarm_datapoints_to_evaluate" {
  description = "How many of those periods must breach."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.alarm_datapoints_to_evaluate >= 1 && floor(var.alarm_datapoints_to_evaluate) == var.alarm_datapoints_to_evaluate
    error_message = "alarm_datapoints_to_evaluate is a whole number of at least 1."
  }
}

variable "alarm_actions_enabled" {
  description = "Whether people are told when the alarm goes off."
  type        = bool
  default     = true
  nullable    = false
}
