# What train measures: how SageMaker finds it in the log, and under which names it is published for the alarm.
locals {
  # AWS's algorithms call a metric validation:auc or train:auc.
  bare_metric   = element(reverse(split(":", var.tuning_metric)), 0)
  measured_here = "train:${local.bare_metric}"

  # What the metric is called may mean something in a regular expression.
  escaped_metrics = {
    for name in distinct([var.tuning_metric, local.bare_metric]) : name => replace(name, "/([.+*?()\\[\\]{}^$|\\\\])/", "\\$1")
  }
  before_metric = "(?:^|[\\s,;|])"
  metric_value  = "[=:]\\s*([-+0-9.eE]+)"

  # AWS's algorithms bring their metrics' expressions themselves, and SageMaker refuses others.
  metric_definitions = var.built_in_model_image != null && var.tuning_metric_regex == null ? [] : concat(
    [{
      Name  = var.tuning_metric
      Regex = coalesce(var.tuning_metric_regex, "${local.before_metric}${local.escaped_metrics[var.tuning_metric]}${local.metric_value}")
    }],
    local.measured_here == var.tuning_metric ? [] : [{
      Name  = local.measured_here
      Regex = "${local.before_metric}train(?:ing)?[-_: ]${local.escaped_metrics[local.bare_metric]}${local.metric_value}"
    }],
  )

  published_metrics = {
    namespace = "s-infra/ml-ops"
    unit      = var.alarm_statistic_unit_name
    # A share of one is a hundred percent.
    factor = var.alarm_statistic_unit_name == "Percent" ? 100 : 1
    published = [
      { name = "Training ${title(local.bare_metric)}", measured_as = local.measured_here },
      { name = "Validation ${title(local.bare_metric)}", measured_as = var.tuning_metric },
    ]
  }
}
