# group: Endpoint

variable "endpoint_or_batch_transform" {
  description = "What a model that passed the gate is for: \"Batch Transform\" (files that land are scored, and the last one again with each new model) or \"Endpoint\" (an endpoint is created or updated, too; \"Create Model Endpoint Config\" is its old name)."
  type        = string
  default     = "Batch Transform"
  nullable    = false

  validation {
    condition     = contains(["Batch Transform", "Endpoint", "Create Model Endpoint Config"], var.endpoint_or_batch_transform)
    error_message = "endpoint_or_batch_transform is \"Batch Transform\" or \"Endpoint\"."
  }
}

variable "endpoint_name" {
  description = "Name of the endpoint that training creates or updates; null for the pipeline's name with -endpoint after it. Two pipelines of an account need two."
  type        = string
  default     = null

  validation {
    condition     = var.endpoint_name == null ? true : can(regex("^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$", var.endpoint_name))
    error_message = "endpoint_name has 1 to 63 letters, digits and hyphens, and begins and ends with a letter or digit: change what else it has."
  }
}

variable "endpoint_instance_count" {
  description = "How many instances serve; two or more are in several Availability Zones."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.endpoint_instance_count >= 1 && floor(var.endpoint_instance_count) == var.endpoint_instance_count
    error_message = "endpoint_instance_count is a whole number of at least 1."
  }
}

variable "endpoint_instance_type" {
  description = "Instance type of the endpoint."
  type        = string
  default     = "ml.m5.xlarge"
  nullable    = false

  validation {
    condition     = can(regex("^ml\\.[a-z0-9-]+\\.[a-z0-9]+$", var.endpoint_instance_type))
    error_message = "endpoint_instance_type is a SageMaker instance type such as ml.m5.xlarge."
  }
}
