variables {
  name                        = "tested-events"
  description                 = "Tested."
  event_pattern               = "{\"source\":[\"tested\"]}"
  function_arn                = "arn:aws:lambda:us-east-1:000000000000:function:tested"
  function_role_name          = "tested"
  function_timeout_in_seconds = 30
}

run "nothing_is_lost" {
  command = plan

  assert {
    condition     = aws_sqs_queue.this.visibility_timeout_seconds == 180
    error_message = "a message is hidden for six times the function's time-out"
  }

  assert {
    condition     = aws_sqs_queue.dead_letters.message_retention_seconds == 14 * 24 * 3600
    error_message = "what couldn't be dealt with waits for as long as SQS keeps it"
  }

  assert {
    condition     = aws_sqs_queue.this.sqs_managed_sse_enabled && aws_sqs_queue.dead_letters.sqs_managed_sse_enabled
    error_message = "both queues are encrypted"
  }

  assert {
    condition     = contains(aws_lambda_event_source_mapping.this.function_response_types, "ReportBatchItemFailures")
    error_message = "of a batch only the messages that failed come again"
  }
}

run "a_pattern_that_is_no_json_is_refused" {
  command = plan

  variables {
    event_pattern = "source: tested"
  }

  expect_failures = [var.event_pattern]
}
