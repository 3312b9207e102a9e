# The module with one of AWS's algorithms in place of a container, and data that apply lands.
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

variable "data" {
  description = "Folder with train.csv and score.csv."
  type        = string
}

module "ml_ops" {
  source = "../../../../catalog/aws/ml-ops"

  name_prefix = "stock"
  environment = {
    vpc_id          = "vpc-00000000"
    aws_region      = "us-east-1"
    public_subnets  = []
    private_subnets = []
  }
  resource_tags           = { purpose = "test" }
  glue_transform_script   = var.transform_script
  glue_dependency_package = var.wheel
  job_name                = "tumours"
  byo_model_repo_name     = "unused"
  built_in_model_image    = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
  train_local_path        = "${var.data}/train.csv"
  score_local_path        = "${var.data}/score.csv"

  parameter_ranges           = { IntegerParameterRanges = [{ Name = "max_depth", MinValue = 2, MaxValue = 4 }] }
  static_hyperparameters     = { objective = "binary:logistic", eval_metric = "auc", num_round = "20" }
  tuning_metric              = "validation:auc"
  max_number_training_jobs   = 1
  inference_metric_threshold = 0.9
  force_destroy              = true
}

output "pipeline" {
  description = "What the helper needs to know."
  value       = module.ml_ops.pipeline
}
