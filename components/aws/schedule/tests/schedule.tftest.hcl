variables {
  name                = "demo"
  description         = "Tried by a test."
  schedule_expression = "cron(0 9 ? * MON-FRI *)"
  target_arn          = "arn:aws:sqs:us-east-1:123456789012:demo"
  action              = "sqs:SendMessage"
}

run "at_its_time" {
  command = plan

  assert {
    condition     = aws_scheduler_schedule.this.flexible_time_window[0].mode == "OFF" && aws_scheduler_schedule.this.state == "ENABLED"
    error_message = "It fires, and in its minute, unless told otherwise."
  }

  assert {
    condition     = data.aws_iam_policy_document.trust.statement[0].principals != null && aws_iam_role.this.name == "demo-schedule"
    error_message = "It has a role of its own."
  }
}

run "within_a_window" {
  command = plan

  variables {
    window_in_minutes = 30
    enabled           = false
  }

  assert {
    condition     = aws_scheduler_schedule.this.flexible_time_window[0].maximum_window_in_minutes == 30 && aws_scheduler_schedule.this.state == "DISABLED"
    error_message = "The window has its minutes, and a schedule that is off is disabled."
  }
}

run "placeholders_stay_what_they_are" {
  command = plan

  variables {
    input = "{\"due\":\"\\u003caws.scheduler.scheduled-time\\u003e\"}"
  }

  assert {
    condition     = aws_scheduler_schedule.this.target[0].input == "{\"due\":\"<aws.scheduler.scheduled-time>\"}"
    error_message = "What jsonencode() escapes is a placeholder again."
  }
}

run "five_fields_are_too_few" {
  command = plan

  variables {
    schedule_expression = "cron(0 9 * * ?)"
  }

  expect_failures = [var.schedule_expression]
}

run "input_that_is_no_json" {
  command = plan

  variables {
    input = "due"
  }

  expect_failures = [var.input]
}
