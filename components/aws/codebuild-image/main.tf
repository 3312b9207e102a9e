/**
 * A CodeBuild project that builds a container's image from a packed folder and pushes it to one ECR repository: for
 * `s-infra image push` where no Docker or Podman answers. It costs nothing until it builds. A plan builds nothing.
 */

locals {
  # x86_64 or arm64 → CodeBuild's kind of machine and AWS's image for it, which has Docker and the AWS CLI.
  environments = {
    x86_64 = { type = "LINUX_CONTAINER", image = "aws/codebuild/amazonlinux-x86_64-standard:5.0" }
    arm64  = { type = "ARM_CONTAINER", image = "aws/codebuild/amazonlinux-aarch64-standard:3.0" }
  }
}

resource "aws_codebuild_project" "this" {
  #checkov:skip=CKV_AWS_316:Docker builds images in a privileged container alone; its role reaches one prefix and one repository.
  # A build that starts before its role may do its work fails for no reason of the container's.
  depends_on = [aws_iam_role_policy.this]

  name                   = var.name
  description            = "Builds images of ${var.repository.uri}."
  service_role           = aws_iam_role.this.arn
  build_timeout          = var.timeout_in_minutes
  queued_timeout         = 30
  concurrent_build_limit = var.concurrent_builds
  encryption_key         = local.key_arn
  tags                   = var.tags

  # What is built is another object for each content: the helper says which when it starts a build.
  source {
    type      = "S3"
    location  = "${var.source_store.name}/${var.source_prefix}context.zip"
    buildspec = file("${path.module}/buildspec.yml")
  }

  artifacts {
    type = "NO_ARTIFACTS"
  }

  environment {
    type            = local.environments[var.architecture].type
    image           = local.environments[var.architecture].image
    compute_type    = var.compute_type
    privileged_mode = true

    environment_variable {
      name  = "REPOSITORY_URI"
      value = var.repository.uri
    }
  }

  logs_config {
    cloudwatch_logs {
      status     = "ENABLED"
      group_name = aws_cloudwatch_log_group.this.name
    }
  }
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/codebuild/${var.name}"
  retention_in_days = var.log_retention_in_days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}
