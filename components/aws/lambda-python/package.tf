locals {
  # Tests, Python's caches, and the hidden folders that tools leave.
  excluded = [
    for file in fileset(var.source_path, "**") : file
    if can(regex("(^|/)(tests|__pycache__|\\.[^/]+)/", file)) || endswith(file, ".pyc")
  ]

  built   = { for artifact in flatten(module.artifacts[*].artifacts) : artifact.kind => artifact.path }
  package = var.artifacts_lock == null ? data.archive_file.this[0].output_path : lookup(local.built, "function", "")
}

# The source as it is, where it needs no packages.
data "archive_file" "this" {
  count = var.artifacts_lock == null ? 1 : 0

  type        = "zip"
  source_dir  = var.source_path
  excludes    = local.excluded
  output_path = "${path.root}/.terraform/lambda/${var.name}.zip"
}

# With its packages, as `s-infra wheel build` made it.
module "artifacts" {
  source = "../artifacts-lock"
  count  = var.artifacts_lock == null ? 0 : 1

  lock_file   = var.artifacts_lock
  target      = "lambda-${trimprefix(var.runtime, "python")}-${var.architecture}"
  source_path = var.source_path
}

resource "aws_lambda_layer_version" "this" {
  count = contains(keys(local.built), "layer") ? 1 : 0

  layer_name               = var.name
  description              = "Packages of ${var.name}."
  filename                 = local.built["layer"]
  source_code_hash         = filebase64sha256(local.built["layer"])
  compatible_runtimes      = [var.runtime]
  compatible_architectures = [var.architecture]
}
