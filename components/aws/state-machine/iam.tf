locals {
  # The rules by which Step Functions learns that a job has ended; it makes them itself, under these names.
  # Glue needs none: it is asked.
  sync_rules = {
    sagemaker_training  = "StepFunctionsGetEventsForSageMakerTrainingJobsRule"
    sagemaker_transform = "StepFunctionsGetEventsForSageMakerTransformJobsRule"
    sagemaker_tuning    = "StepFunctionsGetEventsForSageMakerTuningJobsRule"
  }
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["states.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}

data "aws_iam_policy_document" "this" {
  source_policy_documents = [var.policy_json]

  dynamic "statement" {
    for_each = length(var.sync_integrations) == 0 ? [] : [1]

    content {
      sid     = "WatchJobs"
      actions = ["events:DescribeRule", "events:PutRule", "events:PutTargets"]
      resources = [
        for integration in sort(var.sync_integrations) :
        "arn:${local.partition}:events:${local.region}:${local.account_id}:rule/${local.sync_rules[integration]}"
      ]
    }
  }

  dynamic "statement" {
    for_each = length(var.passed_roles) == 0 ? [] : [1]

    content {
      sid       = "PassRoles"
      actions   = ["iam:PassRole"]
      resources = [for name in sort(keys(var.passed_roles)) : var.passed_roles[name].arn]

      condition {
        test     = "StringEquals"
        variable = "iam:PassedToService"
        values   = distinct([for name in sort(keys(var.passed_roles)) : var.passed_roles[name].service])
      }
    }
  }

  # The actions of log delivery and of X-Ray know no resource.
  statement {
    sid = "DeliverLogs"
    actions = [
      "logs:CreateLogDelivery",
      "logs:DeleteLogDelivery",
      "logs:DescribeLogGroups",
      "logs:DescribeResourcePolicies",
      "logs:GetLogDelivery",
      "logs:ListLogDeliveries",
      "logs:PutResourcePolicy",
      "logs:UpdateLogDelivery",
    ]
    resources = ["*"]
  }

  statement {
    sid = "WriteTraces"
    actions = [
      "xray:GetSamplingRules",
      "xray:GetSamplingTargets",
      "xray:PutTelemetryRecords",
      "xray:PutTraceSegments",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_role" "this" {
  name               = var.name
  description        = "What the state machine ${var.name} may do."
  assume_role_policy = data.aws_iam_policy_document.trust.json
  tags               = var.tags
}

resource "aws_iam_role_policy" "this" {
  name   = "machine"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.this.json
}
