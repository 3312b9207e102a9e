data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  glue_arn = "arn:${data.aws_partition.current.partition}:glue:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}"
  # Crawlers of all an account's pipelines write to this group, whose name Glue has fixed.
  log_group_arn = "arn:${data.aws_partition.current.partition}:logs:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}:log-group:/aws-glue/crawlers"
  store_arns    = sort(distinct([for target in var.targets : target.store_arn]))
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
    sid       = "ReadData"
    actions   = ["s3:GetObject"]
    resources = [for target in var.targets : "${target.store_arn}/${target.prefix}*"]
  }

  dynamic "statement" {
    for_each = local.store_arns

    content {
      sid       = "ListData${statement.key}"
      actions   = ["s3:ListBucket"]
      resources = [statement.value]

      condition {
        test     = "StringLike"
        variable = "s3:prefix"
        values   = [for target in var.targets : "${target.prefix}*" if target.store_arn == statement.value]
      }
    }
  }

  statement {
    sid       = "LocateStores"
    actions   = ["s3:GetBucketLocation"]
    resources = local.store_arns
  }

  statement {
    sid = "KeepTables"
    actions = [
      "glue:BatchCreatePartition",
      "glue:BatchDeletePartition",
      "glue:BatchGetPartition",
      "glue:CreatePartition",
      "glue:CreateTable",
      "glue:DeletePartition",
      "glue:DeleteTable",
      "glue:GetDatabase",
      "glue:GetPartition",
      "glue:GetPartitions",
      "glue:GetTable",
      "glue:GetTables",
      "glue:UpdatePartition",
      "glue:UpdateTable",
    ]
    resources = [
      "${local.glue_arn}:catalog",
      "${local.glue_arn}:database/${local.database_name}",
      "${local.glue_arn}:table/${local.database_name}/*",
    ]
  }

  statement {
    sid       = "CreateSharedLogGroup"
    actions   = ["logs:CreateLogGroup"]
    resources = [local.log_group_arn]
  }

  statement {
    sid       = "WriteLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${local.log_group_arn}:log-stream:*"]
  }
}

resource "aws_iam_role" "this" {
  name               = var.name
  description        = "What the Glue crawler ${var.name} may do."
  assume_role_policy = data.aws_iam_policy_document.trust.json
  tags               = var.tags
}

resource "aws_iam_role_policy" "this" {
  name   = "crawler"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.this.json
}
