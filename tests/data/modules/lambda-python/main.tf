terraform {
  required_version = ">= 1.5"
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
  description = "Its name."
  value       = module.function.name
}
