terraform {
  required_version = ">= 1.5"
}

# A key that CloudWatch's alarms may use, so that they can publish to a topic that is encrypted with it.
module "key" {
  source = "../.."

  name                    = "complete/notifications"
  description             = "Encrypts notifications."
  deletion_window_in_days = 7
  tags                    = { purpose = "example" }

  services = {
    alarms = { service = "cloudwatch.amazonaws.com", source_arns = ["arn:aws:cloudwatch:*:*:alarm:*"] }
  }
}

output "alias" {
  description = "The key's alias."
  value       = module.key.alias
}
