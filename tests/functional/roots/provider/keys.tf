resource "terraform_data" "name" {
  input = local.name
}

resource "aws_kms_key" "this" {
  description             = var.changed ? null : "The conformance tests' key"
  enable_key_rotation     = !var.changed
  deletion_window_in_days = 7
  tags                    = local.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = var.changed ? "Changed" : "First"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.this.account_id}:root" }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })

  lifecycle {
    replace_triggered_by = [terraform_data.name]
  }
}

resource "aws_kms_key" "other" {
  is_enabled = var.changed
  tags       = { use = var.changed ? "changed" : "first" }

  lifecycle {
    replace_triggered_by = [terraform_data.name]
  }
}

resource "aws_kms_alias" "this" {
  name          = "alias/${local.name}"
  target_key_id = var.changed ? aws_kms_key.other.arn : aws_kms_key.this.key_id
}

resource "aws_ssm_parameter" "this" {
  name        = "/${local.name}/text"
  description = var.changed ? "Changed" : "First"
  type        = "String"
  value       = var.changed ? "two" : "one"
  tags        = local.tags
}

resource "aws_ssm_parameter" "secret" {
  name  = "/${local.name}/secret"
  type  = "SecureString"
  value = var.changed ? "hidden two" : "hidden one"
}
