terraform {
  required_version = ">= 1.5"
}

module "topic" {
  source = "../../../../components/aws/notification-topic"

  name   = "fixture-topic"
  emails = ["team@example.com"]
  tags   = { purpose = "test" }
}

output "arn" {
  description = "Its ARN."
  value       = module.topic.arn
}
