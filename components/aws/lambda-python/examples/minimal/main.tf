terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.46, < 7"
    }

    archive = {
      source  = "hashicorp/archive"
      version = ">= 2.4, < 3"
    }
  }
}

module "function" {
  source = "../.."

  name        = "minimal-function"
  description = "An example."
  source_path = "${path.module}/function"
}

output "arn" {
  description = "ARN of the function."
  value       = module.function.arn
}
