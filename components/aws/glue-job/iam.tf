data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  # Python shell jobs of all an account's pipelines write to these two groups, whose names Glue has fixed.
  log_group_arns = [
    for stream in ["output", "error"] :
    "arn:${data.aws_partition.current.partition}:logs:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}:log-group:/aws-glue/python-jobs/${stream}"
  ]
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["glue.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

data "aws_iam_policy_document" "this" {
  statement {
    sid     = "ReadOwnArtifacts"
    actions = ["s3:GetObject"]
    resources = concat(
      ["${var.artifact_store.arn}/${local.script_key}"],
      [for name in sort(keys(local.wheel_keys)) : "${var.artifact_store.arn}/${local.wheel_keys[name]}"],
    )
  }

  statement {
    sid     = "ReadInput"
    actions = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = flatten([
      for access in var.read : [for prefix in access.prefixes : "${access.store_arn}/${prefix}*"]
    ])
  }

  statement {
    sid     = "WriteOutput"
    actions = ["s3:PutObject"]
    resources = flatten([
      for access in var.write : [for prefix in access.prefixes : "${access.store_arn}/${prefix}*"]
    ])
  }

  statement {
    sid       = "CreateSharedLogGroups"
    actions   = ["logs:CreateLogGroup"]
    resources = local.log_group_arns
  }

  statement {
    sid       = "WriteLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [for arn in local.log_group_arns : "${arn}:log-stream:*"]
  }
}

resource "aws_iam_role" "this" {
  name               = var.name
  description        = "What the Glue job ${var.name} may do."
  assume_role_policy = data.aws_iam_policy_document.trust.json
  tags               = var.tags
}

resource "aws_iam_role_policy" "this" {
  name   = "job"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.this.json
}
