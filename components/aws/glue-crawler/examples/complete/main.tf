# Two prefixes of one store, with all that a crawler can be told.
terraform {
  required_version = ">= 1.5"
}

module "store" {
  source = "../../../s3-store"

  name          = "crawler-complete-store"
  force_destroy = true
}

module "crawler" {
  source = "../.."

  name                 = "crawler-complete"
  description          = "Tables of predictions and of what they were made from."
  database_name        = "complete"
  table_prefix         = "demo_"
  one_table_per_target = false
  delete_behavior      = "DELETE_FROM_DATABASE"
  tags                 = { team = "growth" }

  targets = [
    {
      store_name  = module.store.name
      store_arn   = module.store.arn
      prefix      = "predictions/"
      exclusions  = ["**.tmp", "trash/**"]
      sample_size = 10
    },
    { store_name = module.store.name, store_arn = module.store.arn, prefix = "features/" },
  ]
}

output "crawler" {
  description = "Name of the crawler."
  value       = module.crawler.name
}

output "database" {
  description = "Name of the database that has the tables."
  value       = module.crawler.database_name
}
