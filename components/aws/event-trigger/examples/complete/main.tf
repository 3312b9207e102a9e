terraform {
  required_version = ">= 1.5"
}

# One event at a time, tried twice before it goes to the dead letters.
module "function" {
  source = "../../../lambda-python"

  name        = "complete-events"
  description = "Deals with an example's events."
  source_path = "${path.module}/function"
}

module "trigger" {
  source = "../.."

  name              = "complete-events"
  description       = "An example's events, with everything said."
  event_pattern     = jsonencode({ source = ["example"], "detail-type" = ["Something Happened"] })
  batch_size        = 1
  max_receive_count = 2
  tags              = { purpose = "example" }

  function_arn                = module.function.arn
  function_role_name          = module.function.role_name
  function_timeout_in_seconds = module.function.timeout_in_seconds
}

output "dead_letter_queue_url" {
  description = "URL of the queue of events that couldn't be dealt with."
  value       = module.trigger.dead_letter_queue_url
}
