terraform {
  required_version = ">= 1.5"
}

module "notifications" {
  source = "../.."

  name = "minimal-notifications"
}

output "arn" {
  description = "ARN of the topic."
  value       = module.notifications.arn
}
