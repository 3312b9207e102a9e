terraform {
  required_version = ">= 1.5"
}

module "store" {
  source = "../.."

  name = "minimal-store-123456789012"
}

output "name" {
  description = "Name of the bucket."
  value       = module.store.name
}
