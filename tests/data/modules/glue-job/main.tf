terraform {
  required_version = ">= 1.5"
}

module "store" {
  source = "../../../../components/aws/s3-store"

  name          = "fixture-glue-store"
  force_destroy = true
}

module "job" {
  source = "../../../../components/aws/glue-job"

  name           = "fixture-job"
  script         = "${path.module}/script.py"
  wheels         = ["${path.module}/fixture-1.0-py3-none-any.whl"]
  artifact_store = { name = module.store.name, arn = module.store.arn }
  read           = [{ store_arn = module.store.arn, prefixes = ["in/"] }]
  write          = [{ store_arn = module.store.arn, prefixes = ["out/"] }]
  tags           = { purpose = "test" }
}

output "store" {
  description = "The store's name."
  value       = module.store.name
}

output "name" {
  description = "Its name."
  value       = module.job.name
}
