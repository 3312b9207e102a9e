# The container that trains and serves the model: the user's own, or one of AWS's.
module "image" {
  source = "../../../components/aws/ecr-image"
  count  = var.built_in_model_image == null ? 1 : 0

  name                 = var.byo_model_repo_name
  source_path          = var.byo_model_source_image_path
  tag                  = var.byo_model_ecr_tag_name == "latest" ? var.byo_model_image_tag : var.byo_model_ecr_tag_name
  push                 = var.image_push
  builder_project      = one(module.image_builder[*].name)
  aws_credentials_file = var.aws_credentials_file
  force_destroy        = var.force_destroy
  tags                 = var.resource_tags
}

# Builds that container's image in the account, where no Docker or Podman answers where Terraform runs.
module "image_builder" {
  source = "../../../components/aws/codebuild-image"
  count  = var.built_in_model_image == null && var.image_builder != null ? 1 : 0

  name               = "${local.name}-images"
  repository         = { arn = module.image[0].repository_arn, uri = module.image[0].repository_uri }
  source_store       = { name = local.store["source-repository"].name, arn = local.store["source-repository"].arn }
  source_prefix      = "${local.store["source-repository"].prefix}images/"
  compute_type       = var.image_builder.compute_type
  timeout_in_minutes = var.image_builder.timeout_in_minutes
  concurrent_builds  = var.image_builder.concurrent_builds
  tags               = var.resource_tags
}

# `s-infra image push --repository NAME` finds the repository's builder here.
resource "aws_ssm_parameter" "image_builder" {
  count = length(module.image_builder)

  name        = "/s-infra/image-builders/${var.byo_model_repo_name}"
  description = "The CodeBuild project that builds the images of ${var.byo_model_repo_name}."
  type        = "SecureString"
  value       = jsonencode({ project = module.image_builder[count.index].name })
  tags        = var.resource_tags
}

locals {
  image_uri = var.built_in_model_image == null ? module.image[0].image_uri : var.built_in_model_image

  # ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY:TAG
  built_in_image = try(regex("^(?P<account>[0-9]{12})\\.dkr\\.ecr\\.(?P<region>[a-z0-9-]+)\\.[a-z.]+/(?P<repository>[^:@]+)[:@]", var.built_in_model_image), null)
  image_repository_arn = (
    local.built_in_image == null
    ? one(module.image[*].repository_arn)
    : "arn:${local.partition}:ecr:${local.built_in_image.region}:${local.built_in_image.account}:repository/${local.built_in_image.repository}"
  )
}
