# A landed file starts a run; a run that failed leaves a record and a message. Both wait in queues of their own.
module "start_execution" {
  source = "../../../components/aws/lambda-python"

  name                  = "${local.name}-start-execution"
  description           = "Starts one run for each version of a file that lands in the feature store."
  source_path           = "${path.module}/functions/start_execution"
  policy_json           = data.aws_iam_policy_document.start_execution.json
  log_retention_in_days = var.log_retention_in_days
  kms_key_arn           = var.kms_key_arn
  tags                  = var.resource_tags

  environment = {
    PIPELINE             = local.name
    TRAIN_PREFIX         = local.train_prefix
    SCORE_PREFIX         = local.score_prefix
    TRAINING_MACHINE_ARN = module.training.arn
    SCORING_MACHINE_ARN  = module.scoring.arn
  }
}

data "aws_iam_policy_document" "start_execution" {
  statement {
    sid       = "StartRuns"
    actions   = ["states:StartExecution"]
    resources = [module.training.arn, module.scoring.arn]
  }
}

module "landings" {
  source = "../../../components/aws/event-trigger"

  name        = "${local.name}-landings"
  description = "Files that land in the feature store of ${local.name}."
  tags        = var.resource_tags

  event_pattern = jsonencode({
    source        = ["aws.s3"]
    "detail-type" = ["Object Created"]
    detail = {
      bucket = { name = [local.store["feature-store"].name] }
      object = { key = [{ prefix = local.train_prefix }, { prefix = local.score_prefix }] }
    }
  })

  function_arn                = module.start_execution.arn
  function_role_name          = module.start_execution.role_name
  function_timeout_in_seconds = module.start_execution.timeout_in_seconds
}

module "report_failure" {
  source = "../../../components/aws/lambda-python"

  name                  = "${local.name}-report-failure"
  description           = "Records a failed run, puts a file away that can't be used, and tells people."
  source_path           = "${path.module}/functions/report_failure"
  policy_json           = data.aws_iam_policy_document.report_failure.json
  log_retention_in_days = var.log_retention_in_days
  kms_key_arn           = var.kms_key_arn
  tags                  = var.resource_tags

  environment = {
    PIPELINE             = local.name
    TRAINING_MACHINE_ARN = module.training.arn
    SCORING_MACHINE_ARN  = module.scoring.arn
    METADATA_STORE       = local.store["metadata-store"].name
    METADATA_PREFIX      = local.store["metadata-store"].prefix
    QUARANTINE_PREFIX    = local.quarantine_prefix
    QUARANTINE_ERRORS    = join(",", var.quarantine_errors)
    TOPIC_ARN            = module.notifications.arn
  }
}

data "aws_iam_policy_document" "report_failure" {
  source_policy_documents = [data.aws_iam_policy_document.notify.json]

  statement {
    sid       = "ReadRuns"
    actions   = ["states:DescribeExecution", "states:GetExecutionHistory"]
    resources = ["${module.training.execution_arn_prefix}*", "${module.scoring.execution_arn_prefix}*"]
  }

  statement {
    sid       = "Record"
    actions   = ["s3:PutObject"]
    resources = ["${local.store["metadata-store"].objects}runs/*.json"]
  }

  # A file that can't be used is copied, and its key hidden; the version that landed stays.
  statement {
    sid     = "PutAway"
    actions = ["s3:DeleteObject", "s3:GetObject", "s3:GetObjectVersion"]
    resources = [
      "${local.store["feature-store"].arn}/${local.train_prefix}*",
      "${local.store["feature-store"].arn}/${local.score_prefix}*",
    ]
  }

  statement {
    sid       = "Quarantine"
    actions   = ["s3:PutObject"]
    resources = ["${local.store["feature-store"].arn}/${local.quarantine_prefix}*"]
  }

  # Without it S3 says "access denied" of a key that is hidden already.
  statement {
    sid       = "TellHiddenKey"
    actions   = ["s3:ListBucket"]
    resources = [local.store["feature-store"].arn]
  }
}

module "failures" {
  source = "../../../components/aws/event-trigger"

  name        = "${local.name}-failures"
  description = "Runs of ${local.name} that failed, timed out or were stopped."
  tags        = var.resource_tags

  event_pattern = jsonencode({
    source        = ["aws.states"]
    "detail-type" = ["Step Functions Execution Status Change"]
    detail = {
      stateMachineArn = [module.training.arn, module.scoring.arn]
      status          = ["FAILED", "TIMED_OUT", "ABORTED"]
    }
  })

  function_arn                = module.report_failure.arn
  function_role_name          = module.report_failure.role_name
  function_timeout_in_seconds = module.report_failure.timeout_in_seconds
}
