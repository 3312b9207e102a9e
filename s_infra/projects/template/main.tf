# The pipeline: one module, your transform, your container, your data.
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
  source = "{{ catalog }}"

  name_prefix   = var.name_prefix
  environment   = var.environment
  resource_tags = { project = "{{ name }}" }

  # 1. The transform: a Glue script and the wheel that it imports.
  glue_transform_script   = "${path.module}/source/scripts/transform.py"
  glue_dependency_package = "${path.module}/build/tabular-0.1.0-py3-none-any.whl"

  # 2. The model: a container with `train` and `serve`, and what tuning may turn.
  job_name                    = "{{ name }}"
  byo_model_repo_name         = var.name_prefix
  byo_model_source_image_path = "${path.module}/source/containers/{{ name }}"
  aws_credentials_file        = null

  parameter_ranges = {
    ContinuousParameterRanges = [
      { Name = "C", MinValue = "0.001", MaxValue = "100", ScalingType = "Logarithmic" },
      { Name = "l1_ratio", MinValue = "0", MaxValue = "1", ScalingType = "Linear" },
    ]
  }
  max_number_training_jobs   = 4
  max_parallel_training_jobs = 2

  # 3. The gate: a model below it is never registered.
  tuning_metric                 = "accuracy"
  tuning_objective              = "Maximize"
  inference_comparison_operator = "NumericGreaterThan"
  inference_metric_threshold    = 0.9
  notification_emails           = var.notification_emails

  # 4. The data: apply lands what lies here, and whenever it has changed; `s-infra land` lands more.
  train_local_path = "${path.module}/source/data/train/train.csv"
  score_local_path = "${path.module}/source/data/score/score.csv"
  csv_schemas      = { training = "${path.module}/source/data/train/schema.json" }

  force_destroy = var.force_destroy
}
