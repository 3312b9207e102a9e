terraform {
  required_version = ">= 1.5"
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
