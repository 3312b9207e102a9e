# Predictions in a store, and a table of them.
terraform {
  required_version = ">= 1.5"
}

module "store" {
  source = "../../../s3-store"

  name          = "crawler-minimal-store"
  force_destroy = true
}

module "crawler" {
  source = "../.."

  name    = "crawler-minimal"
  targets = [{ store_name = module.store.name, store_arn = module.store.arn, prefix = "predictions/" }]
}

output "crawler" {
  description = "Name of the crawler."
  value       = module.crawler.name
}
