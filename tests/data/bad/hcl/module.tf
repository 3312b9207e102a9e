terraform {
  backend "s3" {}
}

provider "aws" {
  region = "us-east-1"
}

variable "anything" {
  default = "any"
}

output "unsaid" {
  value = var.anything
}

module "function" {
  source = "../../../../components/aws/lambda-python"

  source_path = "${path.module}/functions/absent"
}
