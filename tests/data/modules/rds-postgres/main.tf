terraform {
  required_version = ">= 1.5"
}

module "example" {
  source = "../../../../components/aws/rds-postgres/examples/complete"

  protected = false
}

output "connection" {
  description = "What a client needs to connect."
  value       = module.example.connection
}
