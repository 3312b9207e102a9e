variables {
  name   = "tested-notifications"
  emails = ["team@example.com"]
}

run "encrypted_and_heard" {
  command = plan

  assert {
    condition     = aws_sns_topic.this.kms_master_key_id == "alias/aws/sns"
    error_message = "messages are encrypted"
  }

  assert {
    condition     = aws_sns_topic_subscription.email["team@example.com"].protocol == "email"
    error_message = "each address gets a mail"
  }
}

run "alarms_need_a_key_that_they_can_use" {
  command = plan

  variables {
    alarm_arns = ["arn:aws:cloudwatch:us-east-1:000000000000:alarm:tested*"]
  }

  expect_failures = [aws_sns_topic.this]
}

run "an_address_that_is_none_is_refused" {
  command = plan

  variables {
    emails = ["team"]
  }

  expect_failures = [var.emails]
}
