terraform {
  required_version = ">= 1.5"
}

module "alarm" {
  source = "../.."

  name        = "demo-dead-letters"
  description = "Events were given up: look at the dead-letter queue."
  threshold   = 0

  metric = {
    namespace  = "AWS/SQS"
    name       = "ApproximateNumberOfMessagesVisible"
    dimensions = { QueueName = "demo-landings-dead-letters" }
    statistic  = "Maximum"
  }
}

output "arn" {
  description = "ARN of the alarm."
  value       = module.alarm.arn
}
