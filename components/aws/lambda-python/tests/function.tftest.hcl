variables {
  name        = "tested-function"
  description = "Tested."
  source_path = "./examples/minimal/function"
}

run "small_traced_and_logged" {
  command = plan

  assert {
    condition     = aws_lambda_function.this.runtime == "python3.12" && aws_lambda_function.this.architectures[0] == "arm64"
    error_message = "the function runs on a Python that is kept, on the cheaper processor"
  }

  assert {
    condition     = aws_lambda_function.this.tracing_config[0].mode == "Active"
    error_message = "the function is traced"
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.retention_in_days == 365
    error_message = "logs are kept for a time, not for ever"
  }
}

run "a_python_that_lambda_has_dropped_is_refused" {
  command = plan

  variables {
    runtime = "python3.8"
  }

  expect_failures = [var.runtime]
}
