terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.46, < 7"
    }
  }
}

# It does nothing with anything: a policy has to say something.
data "aws_iam_policy_document" "machine" {
  statement {
    sid       = "KnowItself"
    actions   = ["sts:GetCallerIdentity"]
    resources = ["*"]
  }
}

module "machine" {
  source = "../.."

  name               = "minimal-machine"
  definition         = file("${path.module}/machine.asl.json")
  configuration_json = jsonencode({ whom = "world" })
  policy_json        = data.aws_iam_policy_document.machine.json
}

output "arn" {
  description = "ARN of the machine."
  value       = module.machine.arn
}
