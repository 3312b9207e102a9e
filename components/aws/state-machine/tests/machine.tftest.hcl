variables {
  name               = "tested-machine"
  definition         = "{\"QueryLanguage\":\"JSONata\",\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Pass\",\"Assign\":{\"config\":\"$${config}\"},\"End\":true}}}"
  configuration_json = "{\"whom\":\"world\"}"
  policy_json        = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
}

run "logged_and_configured" {
  command = plan

  assert {
    condition     = aws_sfn_state_machine.this.type == "STANDARD" && aws_sfn_state_machine.this.tracing_configuration[0].enabled
    error_message = "the machine is durable, and traced"
  }

  assert {
    condition     = aws_sfn_state_machine.this.logging_configuration[0].level == "ERROR" && !aws_sfn_state_machine.this.logging_configuration[0].include_execution_data
    error_message = "failures are logged, and no data"
  }

  assert {
    condition     = strcontains(local.definition, "{\"whom\":\"world\"}")
    error_message = "the configuration takes the placeholder's place"
  }
}

run "another_placeholder_is_refused" {
  command = plan

  variables {
    definition = "{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Pass\",\"Comment\":\"$${other}\",\"End\":true}}}"
  }

  expect_failures = [var.definition]
}
