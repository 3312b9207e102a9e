terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.46, < 7"
    }
  }
}

# A function with rights of its own, and a queue for events on which Lambda gave up.
resource "aws_sqs_queue" "dead_letters" {
  name                    = "complete-function-dead-letters"
  sqs_managed_sse_enabled = true
}

data "aws_iam_policy_document" "function" {
  statement {
    sid       = "GiveUp"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.dead_letters.arn]
  }
}

module "function" {
  source = "../.."

  name                  = "complete-function"
  description           = "An example with everything."
  source_path           = "${path.module}/function"
  architecture          = "x86_64"
  environment           = { GREETING = "hello" }
  policy_json           = data.aws_iam_policy_document.function.json
  memory_in_mb          = 512
  timeout_in_seconds    = 60
  reserved_concurrency  = 2
  dead_letter_arn       = aws_sqs_queue.dead_letters.arn
  log_retention_in_days = 731
  tags                  = { purpose = "example" }
}

output "name" {
  description = "Name of the function."
  value       = module.function.name
}
