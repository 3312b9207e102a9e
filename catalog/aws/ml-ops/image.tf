# The container that trains and serves the model: the user's own, or one of AWS's.
module "image" {
  source = "../../../components/aws/ecr-image"
  count  = var.built_in_model_image == null ? 1 : 0

  name                 = var.byo_model_repo_name
  source_path          = var.byo_model_source_image_path
  tag                  = var.byo_model_ecr_tag_name == "latest" ? var.byo_model_image_tag : var.byo_model_ecr_tag_name
  push                 = var.image_push
  aws_credentials_file = var.aws_credentials_file
  force_destroy        = var.force_destroy
  tags                 = var.resource_tags
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
