# The module with what the tests exchange: the transform, the container and the gate.
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "transform_script" {
  type = string
}

variable "wheel" {
  type = string
}

variable "container" {
  type = string
}

variable "threshold" {
  type = number
}

variable "deployment" {
  type    = string
  default = "Batch Transform"
}

variable "bucket" {
  type    = string
  default = null
}

variable "schema" {
  type    = string
  default = null
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
  value = module.ml_ops.pipeline
}

output "summary" {
  value = module.ml_ops.summary
}
