terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.46, < 7"
    }
  }
}

data "aws_iam_policy_document" "alarms" {
  statement {
    sid       = "AllowAlarms"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }
  }
}

resource "aws_sns_topic" "alarms" {
  name = "demo-alarms"
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.alarms.json
}

resource "aws_sns_topic_subscription" "team" {
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = "team@example.com"
}

module "error_share" {
  source = "../.."

  name        = "demo-share-of-errors"
  description = "More than a tenth of the calls fail: look at the function's log."
  threshold   = 10

  expression = {
    formula = "100 * errors / FILL(calls, 1)"
    label   = "Share of failed calls"
    metrics = {
      errors = { namespace = "AWS/Lambda", name = "Errors", dimensions = { FunctionName = "demo" } }
      calls  = { namespace = "AWS/Lambda", name = "Invocations", dimensions = { FunctionName = "demo" } }
    }
  }

  period_in_seconds   = 300
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
  tags                = { purpose = "example" }
}

output "name" {
  description = "Name of the alarm."
  value       = module.error_share.name
}
