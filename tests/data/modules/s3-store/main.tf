terraform {
  required_version = ">= 1.5"
}

module "store" {
  source = "../../../../components/aws/s3-store"

  name          = "fixture-store"
  send_events   = true
  force_destroy = true
  tags          = { purpose = "test" }
}

output "name" {
  description = "Its name."
  value       = module.store.name
}
