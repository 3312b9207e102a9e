# A Spark job with all that it can be told.
terraform {
  required_version = ">= 1.5"
}

module "store" {
  source = "../../../s3-store"

  name          = "job-complete-store"
  force_destroy = true
}

module "job" {
  source = "../.."

  name                = "job-complete"
  description         = "Joins what landed."
  script              = "${path.module}/script.py"
  artifact_store      = { name = module.store.name, arn = module.store.arn }
  read                = [{ store_arn = module.store.arn, prefixes = ["in/", "more/"] }]
  write               = [{ store_arn = module.store.arn, prefixes = ["out/"] }]
  default_arguments   = { "--conf" = "spark.sql.session.timeZone=UTC" }
  spark               = { glue_version = "5.0", worker_type = "G.2X", number_of_workers = 3 }
  timeout_in_minutes  = 30
  max_concurrent_runs = 2
  tags                = { team = "growth" }
}

output "job" {
  description = "Name of the job."
  value       = module.job.name
}
