data "aws_region" "current" {}

resource "terraform_data" "push" {
  count = var.push == "helper" ? 1 : 0

  # The repository as well: in a new one the image has to be pushed again.
  triggers_replace = [local.content_hash, local.image_uri]

  provisioner "local-exec" {
    # The shell sees only names; what they stand for is never read as a command.
    command = "s-infra image push \"$SOURCE\" --repository \"$REPOSITORY\" --tag \"$TAG\" ${var.builder_project == null ? "" : "--project \"$PROJECT\""}"

    environment = merge(
      {
        SOURCE     = var.source_path
        REPOSITORY = aws_ecr_repository.this.name
        TAG        = local.tag
        AWS_REGION = data.aws_region.current.id
      },
      var.builder_project == null ? {} : { PROJECT = var.builder_project },
      var.aws_credentials_file == null ? {} : { AWS_SHARED_CREDENTIALS_FILE = var.aws_credentials_file },
    )
  }
}
