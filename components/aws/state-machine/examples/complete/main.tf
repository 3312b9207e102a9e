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

resource "aws_iam_role" "job" {
  name = "complete-machine-job"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "sagemaker.amazonaws.com" }
    }]
  })
}

module "machine" {
  source = "../.."

  name                  = "complete-machine"
  definition            = file("${path.module}/machine.asl.json")
  configuration_json    = jsonencode({ whom = "everybody" })
  policy_json           = data.aws_iam_policy_document.machine.json
  sync_integrations     = ["sagemaker_training"]
  passed_roles          = { job = { arn = aws_iam_role.job.arn, service = "sagemaker.amazonaws.com" } }
  log_level             = "ALL"
  log_retention_in_days = 731
  tags                  = { purpose = "example" }
}

output "log_group_name" {
  description = "Name of the machine's log group."
  value       = module.machine.log_group_name
}
