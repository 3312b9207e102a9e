terraform {
  required_version = ">= 1.5"
}

# A store that tells EventBridge what lands, forgets old versions after a month, and may be destroyed with all it has.
module "store" {
  source = "../.."

  name                    = "complete-store-123456789012"
  send_events             = true
  noncurrent_version_days = 30
  force_destroy           = true
  tags                    = { purpose = "example" }
}

output "arn" {
  description = "ARN of the bucket."
  value       = module.store.arn
}
