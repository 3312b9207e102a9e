terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

module "topic" {
  source = "../../../../components/aws/notification-topic"

  name   = "fixture-topic"
  emails = ["team@example.com"]
  tags   = { purpose = "test" }
}

output "arn" {
  value = module.topic.arn
}
