terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.46, < 7"
    }
  }
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
