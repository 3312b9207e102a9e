terraform {
  required_version = ">= 1.5"
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
