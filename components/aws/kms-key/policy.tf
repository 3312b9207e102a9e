data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  # In a key's policy the resource * is the key itself, which has no ARN before it is made.
  owner_statement = {
    # Without it nobody could ever change the key again; roles still need a policy of their own that names it.
    Sid       = "LetTheAccountsPoliciesDecide"
    Effect    = "Allow"
    Principal = { AWS = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root" }
    Action    = "kms:*"
    Resource  = "*"
  }

  service_statements = [
    for name in sort(keys(var.services)) : {
      Sid       = "Serve${replace(title(replace(name, "/[^a-zA-Z0-9]/", " ")), " ", "")}"
      Effect    = "Allow"
      Principal = { Service = var.services[name].service }
      Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
      Resource  = "*"
      Condition = {
        StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id }
        ArnLike      = { "aws:SourceArn" = var.services[name].source_arns }
      }
    }
  ]
}
