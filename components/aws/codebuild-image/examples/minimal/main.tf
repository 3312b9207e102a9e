terraform {
  required_version = ">= 1.5"
}

module "store" {
  source = "../../../s3-store"

  name          = "minimal-images-store"
  force_destroy = true
}

# Nobody pushes during apply: `s-infra image push --project minimal-images` does, whenever it is called.
module "image" {
  source = "../../../ecr-image"

  name        = "minimal/built"
  source_path = "${path.module}/image"
  push        = "none"
}

module "builder" {
  source = "../.."

  name         = "minimal-images"
  repository   = { arn = module.image.repository_arn, uri = module.image.repository_uri }
  source_store = { name = module.store.name, arn = module.store.arn }
}

output "project" {
  description = "Name of the project."
  value       = module.builder.name
}
