terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.46, < 7"
    }
  }
}

data "aws_iam_policy_document" "nothing" {
  statement {
    effect    = "Deny"
    actions   = ["iam:PassRole"]
    resources = ["*"]
  }
}

module "machine" {
  source = "../../../../components/aws/state-machine"

  name               = "fixture-machine"
  definition         = file("${path.module}/machine.asl.json")
  configuration_json = jsonencode({ greeting = "hello" })
  policy_json        = data.aws_iam_policy_document.nothing.json
  sync_integrations  = ["sagemaker_tuning", "sagemaker_transform"]
  passed_roles = {
    job = { arn = "arn:aws:iam::000000000000:role/fixture-job", service = "sagemaker.amazonaws.com" }
  }
  tags = { purpose = "test" }
}

output "arn" {
  description = "Its ARN."
  value       = module.machine.arn
}

output "role_name" {
  description = "Its role's name."
  value       = module.machine.name
}
