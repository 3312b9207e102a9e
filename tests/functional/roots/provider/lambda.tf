data "archive_file" "function" {
  type             = "zip"
  source_dir       = "${path.module}/function"
  excludes         = var.changed ? [] : ["changed.py"]
  output_file_mode = "0644"
  output_path      = "${path.root}/.built/function.zip"
}

data "archive_file" "layer" {
  type                    = "zip"
  source_content          = "NAME = \"${local.name}\"\n"
  source_content_filename = "python/layered.py"
  output_path             = "${path.root}/.built/layer.zip"
}

resource "aws_lambda_layer_version" "this" {
  layer_name          = local.name
  filename            = data.archive_file.layer.output_path
  source_code_hash    = data.archive_file.layer.output_base64sha256
  compatible_runtimes = ["python3.12"]
}

resource "aws_lambda_function_event_invoke_config" "this" {
  function_name                = aws_lambda_function.this.function_name
  maximum_event_age_in_seconds = var.changed ? 120 : 60
  maximum_retry_attempts       = var.changed ? 1 : 0

  destination_config {
    on_failure {
      destination = aws_sqs_queue.dead_letter.arn
    }
  }
}

resource "aws_lambda_function" "this" {
  layers                         = [aws_lambda_layer_version.this.arn]
  function_name                  = local.name
  description                    = var.changed ? null : "The conformance tests' function"
  role                           = aws_iam_role.this.arn
  runtime                        = "python3.12"
  handler                        = "handler.handle"
  architectures                  = ["arm64"]
  filename                       = data.archive_file.function.output_path
  source_code_hash               = data.archive_file.function.output_base64sha256
  timeout                        = var.changed ? 30 : 20
  memory_size                    = 256
  reserved_concurrent_executions = var.changed ? -1 : 2
  publish                        = true
  tags                           = local.tags

  environment {
    variables = var.changed ? { ONE = "1" } : { ONE = "1", TWO = "2" }
  }

  dead_letter_config {
    target_arn = aws_sqs_queue.dead_letter.arn
  }

  tracing_config {
    mode = "PassThrough"
  }

  logging_config {
    log_format            = "JSON"
    application_log_level = var.changed ? "WARN" : "INFO"
    log_group             = aws_cloudwatch_log_group.this.name
  }
}

resource "aws_lambda_event_source_mapping" "this" {
  event_source_arn        = aws_sqs_queue.this.arn
  function_name           = aws_lambda_function.this.arn
  batch_size              = var.changed ? 5 : 10
  enabled                 = !var.changed
  function_response_types = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = var.changed ? 3 : 2
  }
}

resource "aws_lambda_permission" "this" {
  statement_id   = local.name
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.this.function_name
  principal      = "events.amazonaws.com"
  source_arn     = aws_cloudwatch_event_rule.this.arn
  source_account = data.aws_caller_identity.this.account_id
}

resource "aws_lambda_alias" "this" {
  name             = local.name
  description      = var.changed ? "Changed" : "First"
  function_name    = aws_lambda_function.this.function_name
  function_version = aws_lambda_function.this.version
}
