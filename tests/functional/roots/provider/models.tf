variable "image" {
  description = "URI of an image that answers to SageMaker's contract."
  type        = string
}

resource "aws_sagemaker_model" "this" {
  name                     = local.name
  execution_role_arn       = aws_iam_role.this.arn
  enable_network_isolation = true
  tags                     = local.tags

  primary_container {
    image       = var.image
    environment = { SCALE = "2" }
  }
}

resource "aws_sagemaker_endpoint_configuration" "this" {
  for_each = toset(["first", "changed"])
  name     = "${local.name}-${each.key}"
  tags     = local.tags

  production_variants {
    variant_name           = "all"
    model_name             = aws_sagemaker_model.this.name
    initial_instance_count = 1
    instance_type          = "ml.m5.large"
    initial_variant_weight = each.key == "first" ? 1 : 0.5
  }
}

resource "aws_sagemaker_endpoint" "this" {
  name                 = local.name
  endpoint_config_name = aws_sagemaker_endpoint_configuration.this[var.changed ? "changed" : "first"].name
  tags                 = local.tags
}

resource "aws_sagemaker_model_package_group" "this" {
  model_package_group_name        = local.name
  model_package_group_description = "The conformance tests' group"
  tags                            = local.tags
}
