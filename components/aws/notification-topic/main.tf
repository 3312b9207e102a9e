/**
 * An encrypted SNS topic that accepts TLS only, and the e-mail addresses that listen to it.
 */

resource "aws_sns_topic" "this" {
  name              = var.name
  kms_master_key_id = coalesce(var.kms_key_arn, "alias/aws/sns")
  tags              = var.tags

  lifecycle {
    precondition {
      condition     = length(var.alarm_arns) == 0 || var.kms_key_arn != null
      error_message = "alarm_arns needs kms_key_arn: CloudWatch can't use the account's key for SNS. Make a key with the component kms-key."
    }
  }
}

data "aws_caller_identity" "current" {}

data "aws_iam_policy_document" "this" {
  dynamic "statement" {
    for_each = length(var.alarm_arns) == 0 ? [] : [1]

    content {
      sid       = "AllowAlarms"
      actions   = ["sns:Publish"]
      resources = [aws_sns_topic.this.arn]

      principals {
        type        = "Service"
        identifiers = ["cloudwatch.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [data.aws_caller_identity.current.account_id]
      }

      condition {
        test     = "ArnLike"
        variable = "aws:SourceArn"
        values   = var.alarm_arns
      }
    }
  }

  # Who may publish is said in the publishers' own roles; this only closes what no role should do.
  statement {
    sid       = "DenyUnencryptedTransport"
    effect    = "Deny"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.this.arn]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_sns_topic_policy" "this" {
  arn    = aws_sns_topic.this.arn
  policy = data.aws_iam_policy_document.this.json
}
