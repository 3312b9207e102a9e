terraform {
  required_version = ">= 1.5"
}

module "image" {
  source = "../.."

  name          = "complete/image"
  source_path   = "${path.module}/image"
  tag           = "release"
  push          = "helper"
  images_kept   = 5
  force_destroy = true
  tags          = { purpose = "example" }
}

output "tag" {
  description = "The image's tag."
  value       = module.image.tag
}
