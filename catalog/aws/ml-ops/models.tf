# Runs register SageMaker models, which Terraform doesn't know; whoever destroys the pipeline with all it holds
# wants them gone as well.
resource "terraform_data" "registered_models" {
  count = var.force_destroy && var.image_push == "helper" ? 1 : 0

  triggers_replace = [local.name, local.region]

  # A destroy-time provisioner sees nothing but this.
  input = {
    environment = merge(
      { PIPELINE = local.name, AWS_REGION = local.region },
      var.aws_credentials_file == null ? {} : { AWS_SHARED_CREDENTIALS_FILE = var.aws_credentials_file },
    )
  }

  provisioner "local-exec" {
    when        = destroy
    command     = "s-infra models delete --pipeline \"$PIPELINE\""
    environment = self.input.environment
  }
}
