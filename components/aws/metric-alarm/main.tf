/**
 * A CloudWatch alarm on one metric, or on a formula over several, that tells topics and functions.
 */

resource "aws_cloudwatch_metric_alarm" "this" {
  alarm_name        = var.name
  alarm_description = var.description

  namespace          = var.metric == null ? null : var.metric.namespace
  metric_name        = var.metric == null ? null : var.metric.name
  dimensions         = var.metric == null ? null : var.metric.dimensions
  statistic          = var.metric == null || local.is_percentile ? null : var.metric.statistic
  extended_statistic = local.is_percentile ? var.metric.statistic : null
  unit               = var.metric == null ? null : var.metric.unit
  period             = var.metric == null ? null : var.period_in_seconds

  comparison_operator = var.comparison_operator
  threshold           = var.threshold
  evaluation_periods  = var.evaluation_periods
  datapoints_to_alarm = var.datapoints_to_alarm
  treat_missing_data  = var.treat_missing_data

  alarm_actions             = var.alarm_actions
  ok_actions                = var.ok_actions
  insufficient_data_actions = var.insufficient_data_actions
  tags                      = var.tags

  lifecycle {
    precondition {
      condition     = (var.metric == null) != (var.expression == null)
      error_message = "Give either metric or expression, and leave the other null."
    }

    precondition {
      condition     = var.datapoints_to_alarm == null || try(var.datapoints_to_alarm <= var.evaluation_periods, false)
      error_message = "datapoints_to_alarm is at most evaluation_periods."
    }

    precondition {
      condition     = var.period_in_seconds * var.evaluation_periods <= (var.period_in_seconds < 3600 ? 86400 : 604800)
      error_message = "All evaluation periods together are at most a day, or seven days where a period is an hour or longer: take fewer or shorter ones."
    }
  }

  dynamic "metric_query" {
    for_each = var.expression == null ? {} : var.expression.metrics

    content {
      id = metric_query.key

      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.name
        dimensions  = metric_query.value.dimensions
        stat        = metric_query.value.statistic
        unit        = metric_query.value.unit
        period      = var.period_in_seconds
      }
    }
  }

  dynamic "metric_query" {
    for_each = var.expression[*]

    content {
      id          = "watched"
      expression  = metric_query.value.formula
      label       = metric_query.value.label
      return_data = true
    }
  }
}

locals {
  is_percentile = var.metric != null && startswith(try(var.metric.statistic, ""), "p")
}
