# A Python shell job: one small Python process, started in seconds, for data that one machine reads.
locals {
  script_key = "scripts/${var.name}/${basename(var.script)}"
  wheel_keys = { for wheel in var.wheels : basename(wheel) => "wheels/${var.name}/${basename(wheel)}" }
  wheel_urls = [for name in sort(keys(local.wheel_keys)) : "s3://${var.artifact_store.name}/${aws_s3_object.wheel[name].key}"]
}

resource "aws_s3_object" "script" {
  bucket      = var.artifact_store.name
  key         = local.script_key
  source      = var.script
  source_hash = filesha256(var.script)
  tags        = var.tags
}

resource "aws_s3_object" "wheel" {
  for_each = { for wheel in var.wheels : basename(wheel) => wheel }

  bucket      = var.artifact_store.name
  key         = local.wheel_keys[each.key]
  source      = each.value
  source_hash = filesha256(each.value)
  tags        = var.tags
}

resource "aws_glue_job" "this" {
  # A run that starts before its role may read the script fails for no reason of the script's.
  depends_on = [aws_iam_role_policy.this]

  name         = var.name
  description  = var.description
  role_arn     = aws_iam_role.this.arn
  glue_version = "3.0"
  max_capacity = var.max_capacity
  timeout      = var.timeout_in_minutes
  max_retries  = 0
  tags         = var.tags

  command {
    name            = "pythonshell"
    python_version  = "3.9"
    script_location = "s3://${var.artifact_store.name}/${aws_s3_object.script.key}"
  }

  default_arguments = merge(
    # Glue's own set of libraries, with pandas and NumPy.
    { "library-set" = "analytics" },
    length(local.wheel_urls) == 0 ? {} : { "--extra-py-files" = join(",", local.wheel_urls) },
    var.default_arguments,
  )

  execution_property {
    max_concurrent_runs = var.max_concurrent_runs
  }
}
