# With all that it can be told.
terraform {
  required_version = ">= 1.5"
}

module "store" {
  source = "../../../s3-store"

  name          = "complete-images-store"
  force_destroy = true
}

module "base" {
  source = "../../../ecr-image"

  name          = "complete/base"
  source_path   = "${path.module}/image"
  push          = "none"
  force_destroy = true
}

module "image" {
  source = "../../../ecr-image"

  name          = "complete/built"
  source_path   = "${path.module}/image"
  push          = "none"
  force_destroy = true
}

module "builder" {
  source = "../.."

  name                  = "complete-images"
  repository            = { arn = module.image.repository_arn, uri = module.image.repository_uri }
  source_store          = { name = module.store.name, arn = module.store.arn }
  source_prefix         = "packed/images/"
  architecture          = "arm64"
  compute_type          = "BUILD_GENERAL1_MEDIUM"
  timeout_in_minutes    = 30
  concurrent_builds     = 2
  base_repository_arns  = [module.base.repository_arn]
  log_retention_in_days = 400
  tags                  = { purpose = "example" }
}

output "project" {
  description = "Name of the project."
  value       = module.builder.name
}

output "log_group" {
  description = "Name of the builds' log group."
  value       = module.builder.log_group_name
}
