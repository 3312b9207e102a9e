terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.46, < 7"
    }
  }
}

resource "aws_sqs_queue" "turns" {
  name                    = "demo-turns"
  sqs_managed_sse_enabled = true
}

module "hourly" {
  source = "../.."

  name                = "demo-hourly"
  description         = "Sends a message each hour."
  schedule_expression = "rate(1 hour)"
  target_arn          = aws_sqs_queue.turns.arn
  action              = "sqs:SendMessage"
}

output "arn" {
  description = "ARN of the schedule."
  value       = module.hourly.arn
}
