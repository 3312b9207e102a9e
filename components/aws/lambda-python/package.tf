locals {
  # Tests, Python's caches, and the hidden folders that tools leave.
  excluded = [
    for file in fileset(var.source_path, "**") : file
    if can(regex("(^|/)(tests|__pycache__|\\.[^/]+)/", file)) || endswith(file, ".pyc")
  ]
}

data "archive_file" "this" {
  type        = "zip"
  source_dir  = var.source_path
  excludes    = local.excluded
  output_path = "${path.root}/.terraform/lambda/${var.name}.zip"

  lifecycle {
    precondition {
      condition     = fileexists("${var.source_path}/${split(".", var.handler)[0]}.py")
      error_message = "The handler ${var.handler} names a module that isn't in ${var.source_path}: give file name and function, such as handler.handle."
    }
  }
}
