variables {
  name        = "demo"
  description = "Tried by a test."
  threshold   = 5
}

run "of_one_metric" {
  command = plan

  variables {
    metric = {
      namespace  = "AWS/SQS"
      name       = "ApproximateNumberOfMessagesVisible"
      dimensions = { QueueName = "demo" }
      statistic  = "Maximum"
    }
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this.statistic == "Maximum" && aws_cloudwatch_metric_alarm.this.period == 60
    error_message = "The statistic and the period are those of the metric."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this.treat_missing_data == "notBreaching"
    error_message = "A period without data is no breach unless told otherwise."
  }
}

run "of_a_percentile" {
  command = plan

  variables {
    metric = { namespace = "AWS/Lambda", name = "Duration", statistic = "p99" }
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this.extended_statistic == "p99" && aws_cloudwatch_metric_alarm.this.statistic == null
    error_message = "A percentile is an extended statistic."
  }
}

run "of_an_expression" {
  command = plan

  variables {
    expression = {
      formula = "a + b"
      label   = "Both"
      metrics = {
        a = { namespace = "own", name = "A" }
        b = { namespace = "own", name = "B" }
      }
    }
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.this.metric_query) == 3 && aws_cloudwatch_metric_alarm.this.period == null
    error_message = "Two metrics and the formula over them, each with the period of its own."
  }
}

run "of_neither" {
  command         = plan
  expect_failures = [aws_cloudwatch_metric_alarm.this]
}

run "of_too_long_a_time" {
  command = plan

  variables {
    metric             = { namespace = "own", name = "A" }
    evaluation_periods = 1441
  }

  expect_failures = [aws_cloudwatch_metric_alarm.this]
}
