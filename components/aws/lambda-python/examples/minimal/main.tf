terraform {
  required_version = ">= 1.5"
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
