terraform {
  required_version = ">= 1.5"
}

variable "source_path" {
  description = "Folder of the image's Dockerfile."
  type        = string
}

module "image" {
  source = "../../../../components/aws/ecr-image"

  name          = "fixture/image"
  source_path   = var.source_path
  push          = "helper"
  force_destroy = true
  tags          = { purpose = "test" }
}

output "image_uri" {
  description = "The image's URI."
  value       = module.image.image_uri
}

output "tag" {
  description = "The image's tag."
  value       = module.image.tag
}
