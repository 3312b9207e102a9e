terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.46, < 7"
    }
  }
}

data "aws_vpc" "this" {
  default = true
}

data "aws_subnets" "this" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.this.id]
  }
}

module "database" {
  source = "../.."

  name          = "minimal"
  vpc_id        = data.aws_vpc.this.id
  subnet_ids    = data.aws_subnets.this.ids
  database_name = "model_outputs"
}

output "address" {
  description = "Address of the database."
  value       = module.database.address
}
