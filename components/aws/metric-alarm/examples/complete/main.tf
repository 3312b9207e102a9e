terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.46, < 7"
    }
  }
}

# Alarms can't publish to a topic that is encrypted with the account's own key for SNS.
module "key" {
  source = "../../../kms-key"

  name        = "demo-alarms"
  description = "Encrypts what alarms say."
  services    = { alarms = { service = "cloudwatch.amazonaws.com", source_arns = [local.alarm_arns] } }
}

module "team" {
  source = "../../../notification-topic"

  name        = "demo-alarms"
  emails      = ["team@example.com"]
  kms_key_arn = module.key.arn
  alarm_arns  = [local.alarm_arns]
}

data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  alarm_arns = "arn:${data.aws_partition.this.partition}:cloudwatch:${data.aws_region.this.id}:${data.aws_caller_identity.this.account_id}:alarm:demo-*"
}

module "error_share" {
  source = "../.."

  name        = "demo-share-of-errors"
  description = "More than a tenth of the calls fail: look at the function's log."
  threshold   = 10

  expression = {
    formula = "100 * errors / FILL(calls, 1)"
    label   = "Share of failed calls"
    metrics = {
      errors = { namespace = "AWS/Lambda", name = "Errors", dimensions = { FunctionName = "demo" } }
      calls  = { namespace = "AWS/Lambda", name = "Invocations", dimensions = { FunctionName = "demo" } }
    }
  }

  period_in_seconds   = 300
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  alarm_actions       = [module.team.arn]
  ok_actions          = [module.team.arn]
  tags                = { purpose = "example" }
}

output "name" {
  description = "Name of the alarm."
  value       = module.error_share.name
}
