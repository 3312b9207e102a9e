/**
 * A Python function from a folder of source, with its log group, tracing, and a role that may write these and do
 * what the given policy says. The zip has the same bytes for the same source; tests and caches stay out.
 */

resource "aws_lambda_function" "this" {
  # Logs and permissions first: the first invocation must neither create its log group nor be refused.
  depends_on = [aws_cloudwatch_log_group.this, aws_iam_role_policy.this]

  function_name    = var.name
  description      = var.description
  role             = aws_iam_role.this.arn
  runtime          = var.runtime
  handler          = var.handler
  architectures    = [var.architecture]
  filename         = local.package
  source_code_hash = var.artifacts_lock == null ? data.archive_file.this[0].output_base64sha256 : filebase64sha256(local.package)
  layers           = aws_lambda_layer_version.this[*].arn
  memory_size      = var.memory_in_mb
  timeout          = var.timeout_in_seconds
  kms_key_arn      = var.kms_key_arn
  tags             = var.tags

  reserved_concurrent_executions = var.reserved_concurrency

  tracing_config {
    mode = "Active"
  }

  environment {
    variables = var.environment
  }

  dynamic "dead_letter_config" {
    for_each = var.dead_letter_arn == null ? [] : [var.dead_letter_arn]

    content {
      target_arn = dead_letter_config.value
    }
  }

  lifecycle {
    precondition {
      condition     = fileexists("${var.source_path}/${split(".", var.handler)[0]}.py")
      error_message = "The handler ${var.handler} names a module that isn't in ${var.source_path}: give file name and function, such as handler.handle."
    }
  }
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_in_days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}
