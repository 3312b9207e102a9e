/**
 * An EventBridge schedule that calls a function, a state machine, a queue or a topic, with a role that may do that alone and
 * a queue for the calls that were given up.
 */

resource "aws_scheduler_schedule" "this" {
  name        = var.name
  description = var.description
  state       = var.enabled ? "ENABLED" : "DISABLED"
  kms_key_arn = var.kms_key_arn

  schedule_expression          = var.schedule_expression
  schedule_expression_timezone = var.time_zone

  flexible_time_window {
    mode                      = var.window_in_minutes == 0 ? "OFF" : "FLEXIBLE"
    maximum_window_in_minutes = var.window_in_minutes == 0 ? null : var.window_in_minutes
  }

  target {
    arn      = var.target_arn
    role_arn = aws_iam_role.this.arn
    input    = local.input

    dead_letter_config {
      arn = aws_sqs_queue.dead_letters.arn
    }

    retry_policy {
      maximum_event_age_in_seconds = var.maximum_event_age_in_seconds
      maximum_retry_attempts       = var.maximum_retry_attempts
    }
  }

  # Scheduler looks at the role when the schedule is made.
  depends_on = [aws_iam_role_policy.this]
}

locals {
  # jsonencode() writes < and > as \u003c and \u003e, in which Scheduler sees no placeholder.
  input = var.input == null ? null : replace(replace(var.input, "\\u003c", "<"), "\\u003e", ">")
}

# What couldn't be called in the end, with the reason in its attributes.
resource "aws_sqs_queue" "dead_letters" {
  name                      = "${var.name}-dead-letters"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
  tags                      = var.tags
}

data "aws_iam_policy_document" "dead_letters" {
  statement {
    sid       = "DenyUnencryptedTransport"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [aws_sqs_queue.dead_letters.arn]

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

resource "aws_sqs_queue_policy" "dead_letters" {
  queue_url = aws_sqs_queue.dead_letters.url
  policy    = data.aws_iam_policy_document.dead_letters.json
}
