terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "source_path" {
  type = string
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
  value = module.image.image_uri
}

output "tag" {
  value = module.image.tag
}
