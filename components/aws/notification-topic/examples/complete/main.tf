terraform {
  required_version = ">= 1.5"
}

# A topic that people hear of, and that alarms may publish to: for them it has a key of its own.
locals {
  alarm_arns = ["arn:aws:cloudwatch:*:*:alarm:complete*"]
}

module "key" {
  source = "../../../kms-key"

  name        = "complete-notifications"
  description = "Encrypts an example's notifications."
  services    = { alarms = { service = "cloudwatch.amazonaws.com", source_arns = local.alarm_arns } }
}

module "notifications" {
  source = "../.."

  name        = "complete-notifications"
  emails      = ["team@example.com"]
  kms_key_arn = module.key.arn
  alarm_arns  = local.alarm_arns
  tags        = { purpose = "example" }
}

output "name" {
  description = "Name of the topic."
  value       = module.notifications.name
}
