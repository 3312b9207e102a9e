# group: Training

variable "job_name" {
  description = "What the names of SageMaker models and jobs begin with (18 characters or less)."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.job_name) <= 18
    error_message = "job_name has more than 18 characters: with what follows, a tuning job's name would exceed the 32 that SageMaker allows. Shorten it."
  }

  validation {
    condition     = can(regex("^[a-zA-Z0-9]+(-+[a-zA-Z0-9]+)*$", var.job_name))
    error_message = "job_name has letters, digits and hyphens, and begins and ends with a letter or digit: change what else it has."
  }
}

variable "parameter_ranges" {
  description = "What tuning may turn: a list of hyperparameters of at least one kind."
  type = object({
    # Hyperparameters that take any number in a range.
    ContinuousParameterRanges = optional(list(object({
      Name        = string                   # The hyperparameter's name.
      MinValue    = string                   # The least value, as a number or a string.
      MaxValue    = string                   # The greatest value, as a number or a string.
      ScalingType = optional(string, "Auto") # How values are spread: Auto, Linear, Logarithmic or ReverseLogarithmic.
    })), [])
    # Hyperparameters that take whole numbers in a range.
    IntegerParameterRanges = optional(list(object({
      Name        = string                   # The hyperparameter's name.
      MinValue    = string                   # The least value, as a whole number or a string.
      MaxValue    = string                   # The greatest value, as a whole number or a string.
      ScalingType = optional(string, "Auto") # How values are spread: Auto, Linear, Logarithmic or ReverseLogarithmic.
    })), [])
    # Hyperparameters that take one of several texts.
    CategoricalParameterRanges = optional(list(object({
      Name   = string       # The hyperparameter's name.
      Values = list(string) # The values to choose from.
    })), [])
  })
  nullable = false

  validation {
    condition     = length(flatten(values(var.parameter_ranges))) > 0
    error_message = "parameter_ranges has no range: give at least one hyperparameter to tune, for example { ContinuousParameterRanges = [{ Name = \"C\", MinValue = 0.01, MaxValue = 10 }] }."
  }

  validation {
    condition = length(distinct(flatten([for ranges in values(var.parameter_ranges) : [for range in ranges : range.Name]]))) == (
      length(flatten([for ranges in values(var.parameter_ranges) : [for range in ranges : range.Name]]))
    )
    error_message = "A hyperparameter has two ranges in parameter_ranges: keep one."
  }

  validation {
    condition = alltrue([
      for range in concat(var.parameter_ranges.ContinuousParameterRanges, var.parameter_ranges.IntegerParameterRanges) :
      can(tonumber(range.MinValue) < tonumber(range.MaxValue)) ? tonumber(range.MinValue) < tonumber(range.MaxValue) : false
    ])
    error_message = "A range's MinValue and MaxValue are numbers, the first below the second: correct them in parameter_ranges."
  }

  validation {
    condition = alltrue([
      for range in var.parameter_ranges.IntegerParameterRanges :
      can(regex("^-?[0-9]+$", range.MinValue)) && can(regex("^-?[0-9]+$", range.MaxValue))
    ])
    error_message = "IntegerParameterRanges has whole numbers: move a range with fractions to ContinuousParameterRanges."
  }

  validation {
    condition = alltrue([
      for range in concat(var.parameter_ranges.ContinuousParameterRanges, var.parameter_ranges.IntegerParameterRanges) :
      contains(["Auto", "Linear", "Logarithmic", "ReverseLogarithmic"], range.ScalingType)
    ])
    error_message = "A ScalingType in parameter_ranges is Auto, Linear, Logarithmic or ReverseLogarithmic."
  }

  validation {
    condition = alltrue([
      for range in concat(var.parameter_ranges.ContinuousParameterRanges, var.parameter_ranges.IntegerParameterRanges) :
      range.ScalingType == "Logarithmic" ? try(tonumber(range.MinValue) > 0, false) : true
    ])
    error_message = "A range with ScalingType Logarithmic begins above zero: raise its MinValue, or scale it Linear."
  }

  validation {
    condition = alltrue([
      for range in concat(var.parameter_ranges.ContinuousParameterRanges, var.parameter_ranges.IntegerParameterRanges) :
      range.ScalingType == "ReverseLogarithmic" ? try(tonumber(range.MinValue) >= 0 && tonumber(range.MaxValue) < 1, false) : true
    ])
    error_message = "A range with ScalingType ReverseLogarithmic lies from 0 to below 1: correct its bounds, or scale it Linear."
  }

  validation {
    condition     = alltrue([for range in var.parameter_ranges.CategoricalParameterRanges : length(range.Values) > 0])
    error_message = "Every entry of CategoricalParameterRanges has at least one of Values."
  }
}

variable "static_hyperparameters" {
  description = "Hyperparameters that tuning leaves as they are, for example { kfold_splits = \"5\" }."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "tuning_strategy" {
  description = "How tuning looks for the best model: Bayesian or Random."
  type        = string
  default     = "Bayesian"
  nullable    = false

  validation {
    condition     = contains(["Bayesian", "Random"], var.tuning_strategy)
    error_message = "tuning_strategy is Bayesian or Random."
  }
}

variable "tuning_objective" {
  description = "Whether the best model has the greatest metric or the smallest: Maximize or Minimize."
  type        = string
  default     = "Maximize"
  nullable    = false

  validation {
    condition     = contains(["Maximize", "Minimize"], var.tuning_objective)
    error_message = "tuning_objective is Maximize or Minimize."
  }
}

variable "tuning_metric" {
  description = "Metric that tuning turns on, as train logs it, for example accuracy, auc, f1 or error."
  type        = string
  default     = "accuracy"
  nullable    = false

  validation {
    condition     = can(regex("^\\S(.{0,253}\\S)?$", var.tuning_metric))
    error_message = "tuning_metric is the metric's name as train logs it: 1 to 255 characters with no space at either end."
  }
}

variable "tuning_metric_regex" {
  description = "Regular expression that finds the metric in the log of train, its value in the first group; null to find it in lines such as accuracy=0.93 or accuracy: 0.93."
  type        = string
  default     = null

  validation {
    condition     = var.tuning_metric_regex == null ? true : (strcontains(var.tuning_metric_regex, "(") && length(var.tuning_metric_regex) <= 500)
    error_message = "tuning_metric_regex has a group in parentheses for the metric's value and at most 500 characters, for example accuracy=([0-9.]+)."
  }
}

variable "max_number_training_jobs" {
  description = "How many training jobs the tuning runs at most."
  type        = number
  default     = 3
  nullable    = false

  validation {
    condition     = var.max_number_training_jobs >= 1 && var.max_number_training_jobs <= 100 && floor(var.max_number_training_jobs) == var.max_number_training_jobs
    error_message = "max_number_training_jobs is a whole number from 1 to 100: a run's record holds a hundred trials."
  }
}

variable "max_parallel_training_jobs" {
  description = "How many of them run at the same time."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.max_parallel_training_jobs >= 1 && floor(var.max_parallel_training_jobs) == var.max_parallel_training_jobs
    error_message = "max_parallel_training_jobs is a whole number of at least 1."
  }
}

variable "training_job_instance_count" {
  description = "How many instances one training job has."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.training_job_instance_count >= 1 && floor(var.training_job_instance_count) == var.training_job_instance_count
    error_message = "training_job_instance_count is a whole number of at least 1."
  }
}

variable "training_job_instance_type" {
  description = "Instance type of training jobs."
  type        = string
  default     = "ml.m5.xlarge"
  nullable    = false

  validation {
    condition     = can(regex("^ml\\.[a-z0-9-]+\\.[a-z0-9]+$", var.training_job_instance_type))
    error_message = "training_job_instance_type is a SageMaker instance type such as ml.m5.xlarge."
  }
}

variable "training_job_storage_in_gb" {
  description = "Size of a training instance's volume, in GB."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.training_job_storage_in_gb >= 1 && var.training_job_storage_in_gb <= 16384 && floor(var.training_job_storage_in_gb) == var.training_job_storage_in_gb
    error_message = "training_job_storage_in_gb is a whole number of GB from 1 to 16384."
  }
}
