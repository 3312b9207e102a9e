terraform {
  required_version = ">= 1.5"
}

module "function" {
  source = "../../../lambda-python"

  name        = "minimal-events"
  description = "Deals with an example's events."
  source_path = "${path.module}/function"
}

module "trigger" {
  source = "../.."

  name          = "minimal-events"
  description   = "An example's events."
  event_pattern = jsonencode({ source = ["example"] })

  function_arn                = module.function.arn
  function_role_name          = module.function.role_name
  function_timeout_in_seconds = module.function.timeout_in_seconds
}

output "queue_url" {
  description = "URL of the queue in which events wait."
  value       = module.trigger.queue_url
}
