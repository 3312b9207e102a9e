# Nobody reaches either queue unencrypted.
data "aws_iam_policy_document" "encrypted" {
  for_each = { queue = aws_sqs_queue.this.arn, dead_letters = aws_sqs_queue.dead_letters.arn }

  statement {
    sid       = "DenyUnencryptedTransport"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [each.value]

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

data "aws_iam_policy_document" "queue" {
  source_policy_documents = [data.aws_iam_policy_document.encrypted["queue"].json]

  statement {
    sid       = "AllowRule"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.this.arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.this.arn]
    }
  }
}

data "aws_iam_policy_document" "function" {
  statement {
    sid       = "ReadQueue"
    actions   = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
    resources = [aws_sqs_queue.this.arn]
  }
}

resource "aws_iam_role_policy" "this" {
  name   = "queue-${var.name}"
  role   = var.function_role_name
  policy = data.aws_iam_policy_document.function.json
}
