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

# What both kinds of job may do: each writes to the log group that SageMaker has fixed for its kind.
data "aws_iam_policy_document" "job" {
  for_each = { training_job = "TrainingJobs", model = "TransformJobs" }

  statement {
    sid       = "PullImage"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = [local.image_repository_arn]
  }

  # The token is the account's, not a repository's: the action knows no resource.
  statement {
    sid       = "GetRegistryToken"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid       = "ListExtracts"
    actions   = ["s3:ListBucket"]
    resources = [local.store["extract-store"].arn]
  }

  statement {
    sid       = "ReadExtracts"
    actions   = ["s3:GetObject"]
    resources = ["${local.store["extract-store"].objects}${local.name}-*"]
  }

  # All of an account's jobs of the kind share the group.
  statement {
    sid       = "CreateSharedLogGroup"
    actions   = ["logs:CreateLogGroup"]
    resources = ["${local.logs_arn}:log-group:/aws/sagemaker/${each.value}"]
  }

  statement {
    sid       = "WriteLogs"
    actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = ["${local.logs_arn}:log-group:/aws/sagemaker/${each.value}:log-stream:*"]
  }
}

data "aws_iam_policy_document" "training_job" {
  source_policy_documents = [data.aws_iam_policy_document.job["training_job"].json]

  statement {
    sid       = "WriteModels"
    actions   = ["s3:PutObject"]
    resources = ["${local.store["model-store"].objects}${local.name}-*"]
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
  source_policy_documents = concat(
    [data.aws_iam_policy_document.job["model"].json],
    data.aws_iam_policy_document.serve[*].json,
  )

  statement {
    sid       = "ReadModels"
    actions   = ["s3:GetObject"]
    resources = ["${local.store["model-store"].objects}${local.name}-*"]
  }

  statement {
    sid       = "WritePredictions"
    actions   = ["s3:PutObject"]
    resources = ["${local.store["output-store"].objects}${local.name}-*"]
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
