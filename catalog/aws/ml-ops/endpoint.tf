# The endpoint isn't Terraform's: training makes it when a model has passed the gate, and moves it to each next one.
locals {
  serves        = var.endpoint_or_batch_transform != "Batch Transform"
  endpoint_name = local.serves ? coalesce(var.endpoint_name, "${local.name}-endpoint") : null

  endpoint_configuration = local.serves ? {
    name = local.endpoint_name
    resources = {
      InstanceType  = var.endpoint_instance_type
      InstanceCount = var.endpoint_instance_count
    }
  } : null
}

# What the training machine may do with it.
data "aws_iam_policy_document" "deploy_endpoint" {
  count = local.serves ? 1 : 0

  statement {
    sid = "DeployEndpoint"
    actions = [
      "sagemaker:AddTags",
      "sagemaker:CreateEndpoint",
      "sagemaker:CreateEndpointConfig",
      "sagemaker:DeleteEndpoint",
      "sagemaker:DescribeEndpoint",
      "sagemaker:UpdateEndpoint",
    ]
    resources = concat(
      ["${local.sagemaker_arn}:endpoint/${lower(local.endpoint_name)}"],
      [for prefix in local.job_prefixes : "${local.sagemaker_arn}:endpoint-config/${prefix}-*"],
    )
  }

  # A list is the account's: the action knows no resource.
  statement {
    sid       = "FindEndpoint"
    actions   = ["sagemaker:ListEndpoints"]
    resources = ["*"]
  }
}

# What a model needs beside a batch job's rights, while it serves.
data "aws_iam_policy_document" "serve" {
  count = local.serves ? 1 : 0

  statement {
    sid       = "CreateEndpointsLogGroup"
    actions   = ["logs:CreateLogGroup"]
    resources = ["${local.logs_arn}:log-group:/aws/sagemaker/Endpoints/${local.endpoint_name}"]
  }

  statement {
    sid       = "WriteEndpointsLogs"
    actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = ["${local.logs_arn}:log-group:/aws/sagemaker/Endpoints/${local.endpoint_name}:log-stream:*"]
  }
}
