# A whole user project: a Spark transform, a regression, an endpoint.
terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.46, < 7"
    }
  }
}

provider "aws" {
  region = var.environment.aws_region
}

module "ml_ops" {
  source = "../../catalog/aws/ml-ops"

  name_prefix   = var.name_prefix
  environment   = var.environment
  resource_tags = { project = "ml-ops-regression" }

  # 1. The transform: a Spark job.
  glue_transform_script = "${path.module}/transform.py"
  glue_job_spark_flag   = true

  # 2. The model: a container with `train` and `serve`, and what tuning may turn.
  job_name                    = "delays"
  byo_model_repo_name         = "${var.name_prefix}-delays"
  byo_model_source_image_path = "${path.module}/../../source/containers/ml-ops-byo-custom"
  aws_credentials_file        = null

  static_hyperparameters = { problem = "regression" }
  parameter_ranges = {
    ContinuousParameterRanges = [
      { Name = "alpha", MinValue = "0.01", MaxValue = "10000", ScalingType = "Logarithmic" },
    ]
  }
  max_number_training_jobs   = 3
  max_parallel_training_jobs = 2

  # 3. The gate: a model that is further off than this, in minutes, is never deployed.
  tuning_metric                 = "rmse"
  tuning_objective              = "Minimize"
  inference_comparison_operator = "NumericLessThan"
  inference_metric_threshold    = var.inference_metric_threshold
  notification_emails           = var.notification_emails

  # 4. The endpoint, and the alarm of a training whose model is far off.
  endpoint_or_batch_transform = "Endpoint"
  alarm_name                  = "Delays are predicted badly"
  alarm_metric_name           = "Validation Rmse"
  alarm_statistic_unit_name   = "None"
  alarm_comparison_operator   = "NumericGreaterThan"
  alarm_threshold             = var.inference_metric_threshold

  force_destroy = true
}
