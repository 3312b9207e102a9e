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

module "mornings" {
  source = "../.."

  name                = "demo-mornings"
  description         = "Sends a message on working days between nine and half past."
  schedule_expression = "cron(0 9 ? * MON-FRI *)"
  time_zone           = "Europe/Berlin"
  window_in_minutes   = 30

  target_arn = aws_sqs_queue.turns.arn
  action     = "sqs:SendMessage"
  input      = jsonencode({ due = "<aws.scheduler.scheduled-time>" })

  maximum_event_age_in_seconds = 600
  maximum_retry_attempts       = 3
  tags                         = { purpose = "example" }
}

output "dead_letter_queue_url" {
  description = "URL of the queue with the calls that were given up."
  value       = module.mornings.dead_letter_queue_url
}
