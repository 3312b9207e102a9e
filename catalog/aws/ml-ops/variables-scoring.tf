# group: Scoring

variable "batch_transform_instance_count" {
  description = "How many instances predict for one file."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.batch_transform_instance_count >= 1 && floor(var.batch_transform_instance_count) == var.batch_transform_instance_count
    error_message = "batch_transform_instance_count is a whole number of at least 1."
  }
}

variable "batch_transform_instance_type" {
  description = "Instance type of batch transform jobs."
  type        = string
  default     = "ml.m5.xlarge"
  nullable    = false

  validation {
    condition     = can(regex("^ml\\.[a-z0-9-]+\\.[a-z0-9]+$", var.batch_transform_instance_type))
    error_message = "batch_transform_instance_type is a SageMaker instance type such as ml.m5.xlarge."
  }
}
