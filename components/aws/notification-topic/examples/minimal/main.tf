terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.46, < 7"
    }
  }
}

module "notifications" {
  source = "../.."

  name = "minimal-notifications"
}

output "arn" {
  description = "ARN of the topic."
  value       = module.notifications.arn
}
