# What the containers' jobs may do: one role for training, one for a registered model.
data "aws_iam_policy_document" "sagemaker_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["sagemaker.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}

data "aws_iam_policy_document" "pull_image" {
  statement {
    sid       = "PullImage"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = [module.image.repository_arn]
  }

  # The token is the account's, not a repository's: the action knows no resource.
  statement {
    sid       = "GetRegistryToken"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "training_job" {
  source_policy_documents = [data.aws_iam_policy_document.pull_image.json]

  statement {
    sid       = "ListExtracts"
    actions   = ["s3:ListBucket"]
    resources = [module.store["extract-store"].arn]
  }

  statement {
    sid       = "ReadExtracts"
    actions   = ["s3:GetObject"]
    resources = ["${module.store["extract-store"].arn}/${local.name}-*"]
  }

  statement {
    sid       = "WriteModels"
    actions   = ["s3:PutObject"]
    resources = ["${module.store["model-store"].arn}/${local.name}-*"]
  }

  # SageMaker has fixed the group's name; all of an account's training jobs share it.
  statement {
    sid       = "CreateSharedLogGroup"
    actions   = ["logs:CreateLogGroup"]
    resources = ["${local.logs_arn}:log-group:/aws/sagemaker/TrainingJobs"]
  }

  statement {
    sid       = "WriteLogs"
    actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = ["${local.logs_arn}:log-group:/aws/sagemaker/TrainingJobs:log-stream:*"]
  }

  # The action knows no resource; the namespace bounds it.
  statement {
    sid       = "WriteMetrics"
    actions   = ["cloudwatch:PutMetricData"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "cloudwatch:namespace"
      values   = ["/aws/sagemaker/TrainingJobs"]
    }
  }
}

resource "aws_iam_role" "training_job" {
  name               = "${local.name}-training-job"
  description        = "What a training job of ${local.name} may do."
  assume_role_policy = data.aws_iam_policy_document.sagemaker_trust.json
  tags               = var.resource_tags
}

resource "aws_iam_role_policy" "training_job" {
  name   = "job"
  role   = aws_iam_role.training_job.id
  policy = data.aws_iam_policy_document.training_job.json
}

data "aws_iam_policy_document" "model" {
  source_policy_documents = [data.aws_iam_policy_document.pull_image.json]

  statement {
    sid       = "ReadModels"
    actions   = ["s3:GetObject"]
    resources = ["${module.store["model-store"].arn}/${local.name}-*"]
  }

  statement {
    sid       = "ListExtracts"
    actions   = ["s3:ListBucket"]
    resources = [module.store["extract-store"].arn]
  }

  statement {
    sid       = "ReadExtracts"
    actions   = ["s3:GetObject"]
    resources = ["${module.store["extract-store"].arn}/${local.name}-*"]
  }

  statement {
    sid       = "WritePredictions"
    actions   = ["s3:PutObject"]
    resources = ["${module.store["output-store"].arn}/${local.name}-*"]
  }

  # SageMaker has fixed the group's name; all of an account's transform jobs share it.
  statement {
    sid       = "CreateSharedLogGroup"
    actions   = ["logs:CreateLogGroup"]
    resources = ["${local.logs_arn}:log-group:/aws/sagemaker/TransformJobs"]
  }

  statement {
    sid       = "WriteLogs"
    actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = ["${local.logs_arn}:log-group:/aws/sagemaker/TransformJobs:log-stream:*"]
  }
}

resource "aws_iam_role" "model" {
  name               = "${local.name}-model"
  description        = "What a registered model of ${local.name} may do while it predicts."
  assume_role_policy = data.aws_iam_policy_document.sagemaker_trust.json
  tags               = var.resource_tags
}

resource "aws_iam_role_policy" "model" {
  name   = "model"
  role   = aws_iam_role.model.id
  policy = data.aws_iam_policy_document.model.json
}
