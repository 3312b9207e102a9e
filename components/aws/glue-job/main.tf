/**
 * A Glue job, a Python shell job (Python 3.9) or, with `spark`, a Spark job: uploads the script and its wheels, and makes
 * a role that may read and write the given prefixes and nothing else. The job starts again from the changed script after the next apply.
 */

# A Python shell job is one small Python process, started in seconds, for data that one machine reads; a Spark job
# is for data that it doesn't.
locals {
  is_spark   = var.spark != null
  script_key = "scripts/${var.name}/${basename(var.script)}"

  locked     = [for artifact in flatten(module.artifacts[*].artifacts) : artifact.path if artifact.kind == "wheel"]
  wheels     = { for wheel in concat(var.wheels, local.locked) : basename(wheel) => wheel... }
  wheel_keys = { for name in keys(local.wheels) : name => "wheels/${var.name}/${name}" }
  wheel_urls = { for name in keys(local.wheels) : name => "s3://${var.artifact_store.name}/${aws_s3_object.wheel[name].key}" }

  # Spark puts extra files on the path as they are; what was compiled has to be installed.
  installed = local.is_spark ? [for wheel in local.locked : basename(wheel)] : []
  on_path   = [for name in sort(keys(local.wheels)) : name if !contains(local.installed, name)]
}

module "artifacts" {
  source = "../artifacts-lock"
  count  = var.artifacts_lock == null ? 0 : 1

  lock_file = var.artifacts_lock
  target    = local.is_spark ? "glue-spark-3.11" : "glue-python-shell-3.9"
}

resource "aws_s3_object" "script" {
  bucket      = var.artifact_store.name
  key         = local.script_key
  source      = var.script
  source_hash = filesha256(var.script)
  tags        = var.tags
}

resource "aws_s3_object" "wheel" {
  for_each = { for name, wheels in local.wheels : name => wheels[0] }

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
  glue_version = local.is_spark ? var.spark.glue_version : "3.0"
  max_capacity = local.is_spark ? null : coalesce(var.max_capacity, 0.0625)
  timeout      = var.timeout_in_minutes
  max_retries  = 0
  tags         = var.tags

  security_configuration = var.security_configuration

  worker_type       = local.is_spark ? var.spark.worker_type : null
  number_of_workers = local.is_spark ? var.spark.number_of_workers : null

  command {
    name            = local.is_spark ? "glueetl" : "pythonshell"
    python_version  = local.is_spark ? "3" : "3.9"
    script_location = "s3://${var.artifact_store.name}/${aws_s3_object.script.key}"
  }

  default_arguments = merge(
    # Glue's own set of libraries, with pandas and NumPy; Spark jobs have it anyway.
    local.is_spark ? {} : { "library-set" = "analytics" },
    length(local.on_path) == 0 ? {} : { "--extra-py-files" = join(",", [for name in local.on_path : local.wheel_urls[name]]) },
    length(local.installed) == 0 ? {} : { "--additional-python-modules" = join(",", [for name in sort(local.installed) : local.wheel_urls[name]]) },
    var.default_arguments,
  )

  execution_property {
    max_concurrent_runs = var.max_concurrent_runs
  }

  lifecycle {
    precondition {
      condition     = !local.is_spark || var.max_capacity == null
      error_message = "max_capacity is a Python shell job's: a Spark job has spark.worker_type and spark.number_of_workers."
    }
  }
}
