terraform {
  required_version = ">= 1.5"
}

module "function" {
  source = "../../../../components/aws/lambda-python"

  name        = "fixture-triggered"
  description = "Takes events whose detail says so, and refuses others."
  source_path = "${path.module}/function"

  # The queue shows a refused event again after six times as long.
  timeout_in_seconds = 2
}

module "trigger" {
  source = "../../../../components/aws/event-trigger"

  name              = "fixture-trigger"
  description       = "The fixture's own events."
  event_pattern     = jsonencode({ source = ["fixture"] })
  max_receive_count = 1
  tags              = { purpose = "test" }

  function_arn                = module.function.arn
  function_role_name          = module.function.role_name
  function_timeout_in_seconds = module.function.timeout_in_seconds
}

output "queue_url" {
  description = "URL of the queue of events."
  value       = module.trigger.queue_url
}

output "dead_letter_queue_url" {
  description = "URL of the queue of refused events."
  value       = module.trigger.dead_letter_queue_url
}
