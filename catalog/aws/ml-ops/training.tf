# Transform, tune, take the best model, hold it to the gate, register it, deploy it, tell people, keep the record.
module "training" {
  source = "../../../components/aws/state-machine"

  name                  = "${local.name}-training"
  definition            = file("${path.module}/workflows/training.asl.json")
  configuration_json    = jsonencode(local.training_configuration)
  policy_json           = data.aws_iam_policy_document.training_machine.json
  sync_integrations     = ["sagemaker_tuning"]
  log_level             = "ALL"
  log_retention_in_days = var.log_retention_in_days
  kms_key_arn           = var.kms_key_arn
  tags                  = var.resource_tags

  passed_roles = {
    training = { arn = aws_iam_role.training_job.arn, service = "sagemaker.amazonaws.com" }
    model    = { arn = aws_iam_role.model.arn, service = "sagemaker.amazonaws.com" }
  }
}

locals {
  training_configuration = {
    pipeline  = local.name
    job_name  = var.job_name
    topic_arn = module.notifications.arn

    stores = {
      feature  = local.store["feature-store"].name
      extract  = local.store["extract-store"].name
      model    = local.store["model-store"].name
      metadata = local.store["metadata-store"].name
    }
    # What stands before every key in them: nothing, or a folder with its slash.
    folders = {
      extract  = local.store["extract-store"].prefix
      model    = local.store["model-store"].prefix
      metadata = local.store["metadata-store"].prefix
    }
    keys                = { train = var.train_key, validate = var.validate_key }
    score_prefix        = local.score_prefix
    scoring_machine_arn = module.scoring.arn
    # Who asks an endpoint doesn't want the last file scored again and again.
    score_latest = !local.serves
    transform    = { job_name = module.transform.name }

    training = {
      image              = local.image_uri
      role_arn           = aws_iam_role.training_job.arn
      content_type       = local.content_type
      strategy           = var.tuning_strategy
      objective          = { Type = var.tuning_objective, MetricName = var.tuning_metric }
      metric_definitions = local.metric_definitions
      parameter_ranges   = local.parameter_ranges
      hyperparameters    = var.static_hyperparameters
      max_jobs           = var.max_number_training_jobs
      max_parallel_jobs  = var.max_parallel_training_jobs
      max_seconds        = 60 * var.job_timeouts.training_job_in_minutes

      resources = {
        InstanceType   = var.training_job_instance_type
        InstanceCount  = var.training_job_instance_count
        VolumeSizeInGB = var.training_job_storage_in_gb
      }
    }

    metrics = local.published_metrics
    gate    = { operator = var.inference_comparison_operator, threshold = var.inference_metric_threshold }
    model   = { role_arn = aws_iam_role.model.arn }
    # null: there is none.
    endpoint = local.endpoint_configuration

    # Ten minutes more than the jobs themselves have: for the queue before them.
    timeouts = {
      transform = 60 * (var.job_timeouts.transform_in_minutes + 10)
      tuning    = 60 * (var.job_timeouts.tuning_in_minutes + 10)
    }
  }

  # SageMaker takes a kind of range with nothing in it for a mistake.
  parameter_ranges = { for kind, ranges in var.parameter_ranges : kind => ranges if length(ranges) > 0 }
}

data "aws_iam_policy_document" "training_machine" {
  source_policy_documents = concat(
    [data.aws_iam_policy_document.run_transform.json, data.aws_iam_policy_document.notify.json],
    data.aws_iam_policy_document.deploy_endpoint[*].json,
  )

  statement {
    sid = "Tune"
    actions = [
      "sagemaker:AddTags",
      "sagemaker:CreateHyperParameterTuningJob",
      "sagemaker:DescribeHyperParameterTuningJob",
      "sagemaker:ListTags",
      "sagemaker:ListTrainingJobsForHyperParameterTuningJob",
      "sagemaker:StopHyperParameterTuningJob",
    ]
    resources = [for prefix in local.job_prefixes : "${local.sagemaker_arn}:hyper-parameter-tuning-job/${prefix}-*"]
  }

  statement {
    sid       = "ReadTrials"
    actions   = ["sagemaker:DescribeTrainingJob"]
    resources = [for prefix in local.job_prefixes : "${local.sagemaker_arn}:training-job/${prefix}-*"]
  }

  statement {
    sid       = "Register"
    actions   = ["sagemaker:AddTags", "sagemaker:CreateModel"]
    resources = [for prefix in local.job_prefixes : "${local.sagemaker_arn}:model/${prefix}-*"]
  }

  # A conditional write reads what it is held against.
  statement {
    sid       = "ReadChampion"
    actions   = ["s3:GetObject"]
    resources = ["${local.store["metadata-store"].objects}champion.json"]
  }

  statement {
    sid     = "Record"
    actions = ["s3:PutObject"]
    resources = [
      "${local.store["metadata-store"].objects}champion.json",
      "${local.store["metadata-store"].objects}runs/${local.name}-*.json",
    ]
  }

  # The action knows no resource; the namespace bounds it.
  statement {
    sid       = "PublishMetrics"
    actions   = ["cloudwatch:PutMetricData"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "cloudwatch:namespace"
      values   = [local.published_metrics.namespace]
    }
  }

  statement {
    sid       = "FindWhatWaits"
    actions   = ["s3:ListBucket"]
    resources = [local.store["metadata-store"].arn]
  }

  statement {
    sid       = "ReadWhatWaits"
    actions   = ["s3:GetObject"]
    resources = ["${local.store["metadata-store"].objects}scoring/*"]
  }

  statement {
    sid       = "ForgetWhatWaited"
    actions   = ["s3:DeleteObject"]
    resources = ["${local.store["metadata-store"].objects}scoring/waiting/*"]
  }

  statement {
    sid       = "StartScoring"
    actions   = ["states:StartExecution"]
    resources = [module.scoring.arn]
  }
}

# What both machines may do with the transform.
data "aws_iam_policy_document" "run_transform" {
  statement {
    sid       = "Transform"
    actions   = ["glue:BatchStopJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:StartJobRun"]
    resources = [module.transform.arn]
  }
}
