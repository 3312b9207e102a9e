terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

module "example" {
  source = "../../../../components/aws/rds-postgres/examples/complete"
}

output "connection" {
  value = module.example.connection
}
