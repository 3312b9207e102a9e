terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.46, < 7"
    }
  }
}

# Somebody else pushes it, under the URI that comes out.
module "image" {
  source = "../.."

  name        = "minimal/image"
  source_path = "${path.module}/image"
  push        = "none"
}

output "image_uri" {
  description = "URI of the image."
  value       = module.image.image_uri
}
