terraform {
  required_version = ">= 1.5"
}

module "artifacts" {
  source = "../.."

  lock_file   = "${path.module}/artifacts/artifacts.lock.json"
  target      = "lambda-3.12-arm64"
  source_path = "${path.module}/function"
}

output "artifacts" {
  description = "The artifacts of one source."
  value       = module.artifacts.artifacts
}
