resource "aws_cloudwatch_metric_alarm" "this" {
  alarm_name          = local.name
  alarm_description   = var.changed ? null : "Messages wait."
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.this.name }
  statistic           = "Maximum"
  period              = 60
  threshold           = var.changed ? 5 : 0.5
  treat_missing_data  = var.changed ? "notBreaching" : null
  alarm_actions       = [aws_sns_topic.this.arn]
  ok_actions          = var.changed ? [aws_sns_topic.this.arn] : []
  tags                = local.tags
}

resource "aws_cloudwatch_metric_alarm" "share" {
  alarm_name          = "${local.name}-share"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  evaluation_periods  = 1
  threshold           = var.changed ? 20 : 10
  actions_enabled     = var.changed

  metric_query {
    id          = "share"
    expression  = "100 * errors / calls"
    label       = "Share of errors"
    return_data = true
  }

  metric_query {
    id = "errors"

    metric {
      namespace   = "AWS/Lambda"
      metric_name = "Errors"
      dimensions  = { FunctionName = local.name }
      period      = 300
      stat        = "Sum"
    }
  }

  metric_query {
    id = "calls"

    metric {
      namespace   = "AWS/Lambda"
      metric_name = "Invocations"
      dimensions  = { FunctionName = local.name }
      period      = 300
      stat        = "Sum"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "slow" {
  alarm_name                            = "${local.name}-slow"
  comparison_operator                   = "GreaterThanThreshold"
  evaluation_periods                    = var.changed ? 2 : 1
  namespace                             = "AWS/Lambda"
  metric_name                           = "Duration"
  extended_statistic                    = "p99"
  evaluate_low_sample_count_percentiles = "ignore"
  period                                = 60
  threshold                             = 1000
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = local.name

  dashboard_body = jsonencode({
    widgets = [{
      type       = "text"
      x          = 0
      y          = 0
      width      = var.changed ? 12 : 6
      height     = 3
      properties = { markdown = "# Runs" }
    }]
  })
}

resource "aws_scheduler_schedule_group" "this" {
  name = local.name
  tags = local.tags
}

data "aws_iam_policy_document" "scheduler" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "scheduler" {
  name                 = "${local.name}-scheduler"
  assume_role_policy   = data.aws_iam_policy_document.scheduler.json
  max_session_duration = var.changed ? 7200 : 3600
}

resource "aws_scheduler_schedule" "this" {
  name                         = local.name
  group_name                   = aws_scheduler_schedule_group.this.name
  description                  = var.changed ? "Changed" : "First"
  schedule_expression          = var.changed ? "cron(0 9 1 1 ? 2098)" : "cron(0 9 1 1 ? 2099)"
  schedule_expression_timezone = "Europe/Berlin"
  end_date                     = "2099-12-31T00:00:00Z"

  flexible_time_window {
    mode                      = "FLEXIBLE"
    maximum_window_in_minutes = 15
  }

  target {
    arn      = aws_sqs_queue.this.arn
    role_arn = aws_iam_role.scheduler.arn
    input    = jsonencode({ due = "<aws.scheduler.scheduled-time>" })

    dead_letter_config {
      arn = aws_sqs_queue.dead_letter.arn
    }

    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = var.changed ? 3 : 5
    }
  }
}

resource "aws_scheduler_schedule" "plain" {
  name                = "${local.name}-plain"
  schedule_expression = "rate(1 day)"
  state               = var.changed ? "ENABLED" : "DISABLED"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_sqs_queue.this.arn
    role_arn = aws_iam_role.scheduler.arn
  }
}
