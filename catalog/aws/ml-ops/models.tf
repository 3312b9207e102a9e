# Runs register SageMaker models, which Terraform doesn't know; whoever destroys the pipeline with all it holds
# wants them gone as well.
resource "terraform_data" "registered_models" {
  triggers_replace = [local.name, local.region]

  # A destroy-time provisioner sees nothing but this. Whether to delete is in here rather than in a count: with a
  # count, taking force_destroy back would delete the models of a pipeline that goes on.
  input = {
    delete = var.force_destroy && var.image_push == "helper"
    environment = merge(
      { PIPELINE = local.name, AWS_REGION = local.region },
      var.aws_credentials_file == null ? {} : { AWS_SHARED_CREDENTIALS_FILE = var.aws_credentials_file },
    )
  }

  provisioner "local-exec" {
    when        = destroy
    command     = self.input.delete ? "s-infra models delete --pipeline \"$PIPELINE\"" : "exit 0"
    environment = self.input.environment
  }
}
