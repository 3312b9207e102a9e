variables {
  name        = "tested"
  description = "Tested."
  services = {
    alarms = { service = "cloudwatch.amazonaws.com", source_arns = ["arn:aws:cloudwatch:us-east-1:000000000000:alarm:*"] }
  }
}

run "rotated_and_named" {
  command = plan

  assert {
    condition     = aws_kms_key.this.enable_key_rotation && aws_kms_key.this.deletion_window_in_days == 30
    error_message = "the key is rotated, and can be taken back for as long as AWS allows"
  }

  assert {
    condition     = aws_kms_alias.this.name == "alias/tested"
    error_message = "the alias has the name that was given"
  }

  assert {
    condition = anytrue([
      for one in jsondecode(aws_kms_key.this.policy).Statement :
      try(one.Principal.Service == "cloudwatch.amazonaws.com" && one.Condition.StringEquals["aws:SourceAccount"] == "000000000000", false)
    ])
    error_message = "a service may use the key for this account's resources alone"
  }
}

run "a_service_for_everything_is_refused" {
  command = plan

  variables {
    services = { alarms = { service = "cloudwatch.amazonaws.com", source_arns = [] } }
  }

  expect_failures = [var.services]
}
