terraform {
  required_version = ">= 1.5"
}

variable "container" {
  description = "Folder of the container."
  type        = string
}

variable "image_push" {
  description = "Who pushes the image."
  type        = string
  default     = "none"
}

variable "force_destroy" {
  description = "Whether all goes with the pipeline."
  type        = bool
  default     = true
}

module "ml_ops" {
  source = "../../../../catalog/aws/ml-ops"

  name_prefix = "fixture-"
  environment = {
    vpc_id          = "vpc-00000000"
    aws_region      = "us-east-1"
    public_subnets  = []
    private_subnets = []
  }
  resource_tags               = { purpose = "test" }
  glue_transform_script       = "${path.module}/transform.py"
  job_name                    = "fixture"
  byo_model_repo_name         = "fixture/model"
  byo_model_source_image_path = var.container
  image_push                  = var.image_push
  image_builder               = {}
  aws_credentials_file        = null
  notification_emails         = ["team@example.com"]
  force_destroy               = var.force_destroy

  parameter_ranges = {
    ContinuousParameterRanges = [{ Name = "C", MinValue = 0.001, MaxValue = 100 }]
  }
}

output "summary" {
  description = "The module's summary."
  value       = module.ml_ops.summary
}

output "pipeline" {
  description = "What the helper needs to know."
  value       = module.ml_ops.pipeline
}

output "image_uri" {
  description = "The image's URI."
  value       = module.ml_ops.image_uri
}
