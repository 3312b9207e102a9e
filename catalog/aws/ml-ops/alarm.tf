# What goes off: a training whose model measures badly, and events that nobody could deal with.
module "alarm" {
  source = "../../../components/aws/metric-alarm"

  name        = "${local.name}: ${var.alarm_name}"
  description = var.alarm_description
  tags        = var.resource_tags

  metric = {
    namespace  = local.published_metrics.namespace
    name       = coalesce(var.alarm_metric_name, local.published_metrics.published[0].name)
    dimensions = { Pipeline = local.name }
    statistic  = var.alarm_statistic
    unit       = local.published_metrics.unit
  }

  comparison_operator = lookup(local.alarm_operators, var.alarm_comparison_operator, var.alarm_comparison_operator)
  threshold           = var.alarm_threshold
  period_in_seconds   = var.alarm_metric_evaluation_period
  evaluation_periods  = var.alarm_evaluation_period
  datapoints_to_alarm = var.alarm_datapoints_to_evaluate

  # There is a datum a training and none between: what it said stays.
  treat_missing_data = "ignore"

  alarm_actions = var.alarm_actions_enabled ? [module.notifications.arn] : []
}

# An event that couldn't be dealt with must not lie unseen.
module "dead_letter_alarm" {
  source   = "../../../components/aws/metric-alarm"
  for_each = { landings = module.landings, failures = module.failures }

  name        = "${local.name}: dead letters of ${each.key}"
  description = "Events of ${each.key} couldn't be dealt with: look at the function's log, mend it, and move the messages back (StartMessageMoveTask)."
  threshold   = 0
  tags        = var.resource_tags

  metric = {
    namespace  = "AWS/SQS"
    name       = "ApproximateNumberOfMessagesVisible"
    dimensions = { QueueName = reverse(split(":", each.value.dead_letter_queue_arn))[0] }
    statistic  = "Maximum"
  }

  alarm_actions = var.alarm_actions_enabled ? [module.notifications.arn] : []
}

locals {
  # State machines' names of comparisons, which the forebear's users know, and CloudWatch's.
  alarm_operators = {
    NumericLessThan          = "LessThanThreshold"
    NumericLessThanEquals    = "LessThanOrEqualToThreshold"
    NumericGreaterThan       = "GreaterThanThreshold"
    NumericGreaterThanEquals = "GreaterThanOrEqualToThreshold"
  }
}
