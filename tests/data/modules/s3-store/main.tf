terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

module "store" {
  source = "../../../../components/aws/s3-store"

  name          = "fixture-store"
  send_events   = true
  force_destroy = true
  tags          = { purpose = "test" }
}

output "name" {
  value = module.store.name
}
