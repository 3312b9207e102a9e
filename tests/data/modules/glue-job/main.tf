terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
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
  value = module.store.name
}

output "name" {
  value = module.job.name
}
