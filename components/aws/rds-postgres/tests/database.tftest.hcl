variables {
  name          = "tested"
  database_name = "model_outputs"
  vpc_id        = "vpc-00000001"
  subnet_ids    = ["subnet-00000001", "subnet-00000002"]

  client_security_groups = { loader = "sg-00000001" }
  parameters             = { work_mem = { value = "16384" } }
}

run "secure_by_default" {
  command = plan

  assert {
    condition     = aws_db_instance.this.storage_encrypted && !aws_db_instance.this.publicly_accessible
    error_message = "the database is encrypted and private"
  }

  assert {
    condition     = aws_db_instance.this.manage_master_user_password && aws_db_instance.this.password == null
    error_message = "RDS makes the password"
  }

  assert {
    condition     = aws_db_instance.this.deletion_protection && aws_db_instance.this.multi_az && !aws_db_instance.this.iam_database_authentication_enabled
    error_message = "the database is protected, stands twice and takes no tokens unless it's asked to"
  }

  assert {
    condition     = aws_db_instance.this.port == 5433 && aws_vpc_security_group_ingress_rule.client["loader"].from_port == 5433
    error_message = "clients are let in to the database's port, which isn't PostgreSQL's own"
  }

  assert {
    condition     = contains([for one in aws_db_parameter_group.this.parameter : "${one.name}=${one.value}"], "rds.force_ssl=1")
    error_message = "a plain connection is refused"
  }

  assert {
    condition     = length(aws_db_parameter_group.this.parameter) == 6 && aws_db_parameter_group.this.family == "postgres17"
    error_message = "the caller's parameters are set beside the module's own"
  }

  assert {
    condition     = toset(aws_db_instance.this.enabled_cloudwatch_logs_exports) == toset(["postgresql", "upgrade"]) && aws_db_instance.this.final_snapshot_identifier == "tested-final"
    error_message = "logs are exported, and a last snapshot is left"
  }
}

run "the_usual_port_is_refused" {
  command = plan

  variables {
    port = 5432
  }

  expect_failures = [var.port]
}

run "one_subnet_is_refused" {
  command = plan

  variables {
    subnet_ids = ["subnet-00000001"]
  }

  expect_failures = [var.subnet_ids]
}

run "force_ssl_can_not_be_turned_off" {
  command = plan

  variables {
    parameters = { "rds.force_ssl" = { value = "0" } }
  }

  expect_failures = [var.parameters]
}
