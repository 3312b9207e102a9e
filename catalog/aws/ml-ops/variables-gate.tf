# group: Gate

variable "inference_comparison_operator" {
  description = "How the best model's metric is compared with inference_metric_threshold; a model that fails is not registered."
  type        = string
  default     = "NumericGreaterThan"
  nullable    = false

  validation {
    condition     = contains(["NumericGreaterThan", "NumericGreaterThanEquals", "NumericLessThan", "NumericLessThanEquals"], var.inference_comparison_operator)
    error_message = "inference_comparison_operator is NumericGreaterThan, NumericGreaterThanEquals, NumericLessThan or NumericLessThanEquals."
  }
}

variable "inference_metric_threshold" {
  description = "What the best model's metric is compared with."
  type        = number
  default     = 0.7
  nullable    = false
}
