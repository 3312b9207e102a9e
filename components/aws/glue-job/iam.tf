data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  # All an account's jobs of one kind write to the same two groups, whose names Glue has fixed.
  log_group_arns = [
    for stream in ["output", "error"] :
    "arn:${data.aws_partition.current.partition}:logs:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}:log-group:/aws-glue/${local.is_spark ? "jobs" : "python-jobs"}/${stream}"
  ]
}

locals {
  # ARN of each store → the prefixes in it that the script reads or writes.
  prefixes = { for access in concat(var.read, var.write) : access.store_arn => access.prefixes... }
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

  # Spark lists what it reads and overwrites; a Python script is told its keys.
  dynamic "statement" {
    for_each = local.is_spark ? local.prefixes : {}

    content {
      sid       = "ListStore${index(keys(local.prefixes), statement.key)}"
      actions   = ["s3:ListBucket"]
      resources = [statement.key]

      condition {
        test     = "StringLike"
        variable = "s3:prefix"
        values   = [for prefix in sort(distinct(flatten(statement.value))) : "${prefix}*"]
      }
    }
  }

  statement {
    sid     = "WriteOutput"
    actions = local.is_spark ? ["s3:DeleteObject", "s3:PutObject"] : ["s3:PutObject"]
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
