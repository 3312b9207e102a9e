# A Python shell job that reads and writes one store.
terraform {
  required_version = ">= 1.5"
}

module "store" {
  source = "../../../s3-store"

  name          = "job-minimal-store"
  force_destroy = true
}

module "job" {
  source = "../.."

  name           = "job-minimal"
  script         = "${path.module}/script.py"
  artifact_store = { name = module.store.name, arn = module.store.arn }
  read           = [{ store_arn = module.store.arn, prefixes = ["in/"] }]
  write          = [{ store_arn = module.store.arn, prefixes = ["out/"] }]
}

output "job" {
  description = "Name of the job."
  value       = module.job.name
}
