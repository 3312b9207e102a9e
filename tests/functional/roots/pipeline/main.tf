# The module with what the tests exchange: the transform, the container and the gate.
terraform {
  required_version = ">= 1.5"
}

variable "transform_script" {
  description = "Path of the transform script."
  type        = string
}

variable "wheel" {
  description = "Path of the wheel that it imports."
  type        = string
}

variable "container" {
  description = "Folder of the container."
  type        = string
}

variable "threshold" {
  description = "The gate's threshold."
  type        = number
}

variable "deployment" {
  description = "What a model is for."
  type        = string
  default     = "Batch Transform"
}

variable "bucket" {
  description = "A bucket that exists, for the stores."
  type        = string
  default     = null
}

variable "schema" {
  description = "A Table Schema that files are held to."
  type        = string
  default     = null
}

module "ml_ops" {
  source = "../../../../catalog/aws/ml-ops"

  name_prefix = "walk"
  environment = {
    vpc_id          = "vpc-00000000"
    aws_region      = "us-east-1"
    public_subnets  = []
    private_subnets = []
  }
  resource_tags               = { purpose = "test" }
  glue_transform_script       = var.transform_script
  glue_dependency_package     = var.wheel
  job_name                    = "tumours"
  byo_model_repo_name         = "walk-tumours"
  byo_model_source_image_path = var.container
  aws_credentials_file        = null

  parameter_ranges = {
    ContinuousParameterRanges = [
      { Name = "C", MinValue = "0.01", MaxValue = "100", ScalingType = "Logarithmic" },
    ]
  }
  static_hyperparameters      = { l1_ratio = "0" }
  max_number_training_jobs    = 2
  max_parallel_training_jobs  = 2
  inference_metric_threshold  = var.threshold
  endpoint_or_batch_transform = var.deployment
  ml_bucket_override          = var.bucket
  csv_schemas                 = { training = var.schema }
  force_destroy               = true
}

output "pipeline" {
  description = "What the helper needs to know."
  value       = module.ml_ops.pipeline
}

output "summary" {
  description = "The module's summary."
  value       = module.ml_ops.summary
}
