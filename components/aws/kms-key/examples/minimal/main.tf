terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.46, < 7"
    }
  }
}

module "key" {
  source = "../.."

  name        = "minimal"
  description = "An example."
}

output "arn" {
  description = "ARN of the key."
  value       = module.key.arn
}
