# group: Drift monitor

# Refused by its own rule until a later version.
# docs-ignore: unused
variable "retrain_on_alarm" {
  description = "Whether the alarm starts training: not in this version, true is refused."
  type        = bool
  default     = false
  nullable    = false
}

# Refused by its own rule until a later version.
# docs-ignore: unused
variable "enable_data_drift_monitor" {
  description = "Whether what lands is compared with what the model was trained on: not in this version, true is refused."
  type        = bool
  default     = false
  nullable    = false
}

variable "data_drift_monitor_name" {
  description = "Name of the drift monitor."
  type        = string
  default     = "data-drift-monitor-schedule"
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$", var.data_drift_monitor_name))
    error_message = "data_drift_monitor_name has 1 to 63 letters, digits and hyphens, and begins and ends with a letter or digit."
  }
}

variable "data_drift_monitoring_frequency" {
  description = "How often drift is looked for: hourly or daily."
  type        = string
  default     = "daily"
  nullable    = false

  validation {
    condition     = contains(["hourly", "daily"], lower(var.data_drift_monitoring_frequency))
    error_message = "data_drift_monitoring_frequency is hourly or daily."
  }
}

variable "data_drift_ml_problem_type" {
  description = "What the model does: Classification or Regression."
  type        = string
  default     = "Classification"
  nullable    = false

  validation {
    condition     = contains(["Classification", "Regression"], var.data_drift_ml_problem_type)
    error_message = "data_drift_ml_problem_type is Classification or Regression; images aren't carried out."
  }
}

variable "data_drift_sampling_percent" {
  description = "Share of the rows that drift is looked for in, in percent."
  type        = number
  default     = 50
  nullable    = false

  validation {
    condition     = var.data_drift_sampling_percent > 0 && var.data_drift_sampling_percent <= 100
    error_message = "data_drift_sampling_percent is above 0 and at most 100."
  }
}

variable "data_drift_job_timeout_in_sec" {
  description = "Seconds after which a drift job is stopped."
  type        = number
  default     = 3600
  nullable    = false

  validation {
    condition     = var.data_drift_job_timeout_in_sec >= 60 && var.data_drift_job_timeout_in_sec <= 86400 && floor(var.data_drift_job_timeout_in_sec) == var.data_drift_job_timeout_in_sec
    error_message = "data_drift_job_timeout_in_sec is a whole number from 60 to 86400."
  }
}
