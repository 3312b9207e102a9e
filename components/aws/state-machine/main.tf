/**
 * A Standard workflow from an ASL file, with logging (never of inputs and outputs), tracing, and a role that may do what
 * the given policy says.
 */

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id
  account_id = data.aws_caller_identity.current.account_id

  # The file is valid JSON as it lies there; its one placeholder is a string, which the configuration replaces.
  definition = replace(
    replace(var.definition, "\"$${config}\"", var.configuration_json),
    "\"arn:aws:states:::", "\"arn:${local.partition}:states:::",
  )
}

resource "aws_sfn_state_machine" "this" {
  # Step Functions tries the role's right to write logs when it creates the machine.
  depends_on = [aws_iam_role_policy.this]

  name       = var.name
  role_arn   = aws_iam_role.this.arn
  type       = "STANDARD"
  definition = local.definition
  tags       = var.tags

  # Inputs and outputs stay out of the logs: they may hold data.
  logging_configuration {
    level                  = var.log_level
    include_execution_data = false
    log_destination        = "${aws_cloudwatch_log_group.this.arn}:*"
  }

  tracing_configuration {
    enabled = true
  }

  lifecycle {
    precondition {
      condition     = !strcontains(var.configuration_json, "{%")
      error_message = "The configuration holds the text {%, with which a JSONata expression begins: Step Functions would evaluate it. Write the value without it."
    }
  }
}

resource "aws_cloudwatch_log_group" "this" {
  # Groups under /aws/vendedlogs/ share one entry in CloudWatch's size-limited resource policy.
  name              = "/aws/vendedlogs/states/${var.name}"
  retention_in_days = var.log_retention_in_days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}
