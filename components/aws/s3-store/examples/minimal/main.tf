terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.46, < 7"
    }
  }
}

module "store" {
  source = "../.."

  name = "minimal-store-123456789012"
}

output "name" {
  description = "Name of the bucket."
  value       = module.store.name
}
