resource "aws_glue_job" "this" {
  name              = local.name
  description       = var.changed ? null : "The conformance tests' job"
  role_arn          = aws_iam_role.this.arn
  glue_version      = "3.0"
  max_capacity      = 0.0625
  max_retries       = 0
  timeout           = var.changed ? 20 : 10
  default_arguments = var.changed ? { "--mode" = "score" } : { "--mode" = "train", "--other" = "x" }
  tags              = local.tags

  command {
    name            = "pythonshell"
    python_version  = "3.9"
    script_location = "s3://${aws_s3_bucket.this.id}/job.py"
  }

  execution_property {
    max_concurrent_runs = var.changed ? 3 : 2
  }
}

resource "aws_ecr_repository" "this" {
  name                 = local.name
  image_tag_mutability = var.changed ? "MUTABLE" : "IMMUTABLE"
  force_delete         = true
  tags                 = local.tags

  encryption_configuration {
    encryption_type = "AES256"
  }

  image_scanning_configuration {
    scan_on_push = !var.changed
  }
}

resource "aws_ecr_lifecycle_policy" "this" {
  repository = aws_ecr_repository.this.name

  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Keep the last images"
      selection    = { tagStatus = "untagged", countType = "imageCountMoreThan", countNumber = var.changed ? 4 : 3 }
      action       = { type = "expire" }
    }]
  })
}

resource "aws_ecr_repository_policy" "this" {
  repository = aws_ecr_repository.this.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = var.changed ? "Changed" : "First"
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "ecr:BatchGetImage"
    }]
  })
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/conformance/${local.name}"
  retention_in_days = var.changed ? 30 : 14
  tags              = local.tags
}

resource "aws_sfn_state_machine" "this" {
  name     = local.name
  role_arn = aws_iam_role.this.arn
  tags     = local.tags

  definition = jsonencode({
    QueryLanguage = "JSONata"
    StartAt       = "Only"
    States        = { Only = { Type = "Pass", Comment = var.changed ? "changed" : "first", End = true } }
  })

  logging_configuration {
    level                  = var.changed ? "ERROR" : "ALL"
    include_execution_data = false
    log_destination        = "${aws_cloudwatch_log_group.this.arn}:*"
  }
}

resource "aws_cloudwatch_log_metric_filter" "this" {
  name           = local.name
  log_group_name = aws_cloudwatch_log_group.this.name
  pattern        = var.changed ? "" : "ERROR \"time out\""

  metric_transformation {
    name      = "Errors"
    namespace = "Conformance"
    value     = var.changed ? "2" : "1"
    unit      = "Count"
  }
}

resource "aws_codebuild_project" "this" {
  name                   = local.name
  description            = var.changed ? null : "The conformance tests' project"
  service_role           = aws_iam_role.this.arn
  build_timeout          = var.changed ? 20 : 10
  concurrent_build_limit = var.changed ? null : 2
  tags                   = local.tags

  source {
    type      = "NO_SOURCE"
    buildspec = jsonencode({ version = "0.2", phases = { build = { commands = [var.changed ? "true" : "false"] } } })
  }

  artifacts {
    type = "NO_ARTIFACTS"
  }

  environment {
    type            = "LINUX_CONTAINER"
    image           = "aws/codebuild/amazonlinux-x86_64-standard:5.0"
    compute_type    = var.changed ? "BUILD_GENERAL1_MEDIUM" : "BUILD_GENERAL1_SMALL"
    privileged_mode = var.changed

    environment_variable {
      name  = "STAGE"
      value = var.changed ? "second" : "first"
    }
  }

  logs_config {
    cloudwatch_logs {
      group_name = "/conformance/builds"
    }
  }
}
