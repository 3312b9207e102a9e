# The container that trains and serves the model.
module "image" {
  source = "../../../components/aws/ecr-image"

  name                 = var.byo_model_repo_name
  source_path          = var.byo_model_source_image_path
  tag                  = var.byo_model_image_tag
  push                 = var.image_push
  aws_credentials_file = var.aws_credentials_file
  force_destroy        = var.force_destroy
  tags                 = var.resource_tags
}
