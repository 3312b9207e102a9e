terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

module "function" {
  source = "../../../../components/aws/lambda-python"

  name        = "fixture-function"
  description = "Answers with its greeting."
  source_path = "${path.module}/function"
  environment = { GREETING = "hello" }
  tags        = { purpose = "test" }
}

output "name" {
  value = module.function.name
}
