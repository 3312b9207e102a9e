terraform {
  required_version = ">= 1.5"
}

module "artifacts" {
  source = "../.."

  lock_file = "${path.module}/artifacts/artifacts.lock.json"
  target    = "lambda-3.12-arm64"
}

output "paths" {
  description = "Where the artifacts lie."
  value       = module.artifacts.artifacts[*].path
}
