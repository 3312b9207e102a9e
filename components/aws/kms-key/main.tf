/**
 * A key of the account's own, rotated every year, with an alias. Some services act by themselves and can't use the keys
 * that AWS manages: a CloudWatch alarm can't publish to a topic that is encrypted with `alias/aws/sns`.
 */

# A key of the account's own, for what the keys that AWS manages can't be used for: services that act by themselves.
resource "aws_kms_key" "this" {
  description             = var.description
  enable_key_rotation     = true
  deletion_window_in_days = var.deletion_window_in_days
  tags                    = var.tags

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat([local.owner_statement], local.service_statements)
  })
}

resource "aws_kms_alias" "this" {
  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.this.key_id
}
