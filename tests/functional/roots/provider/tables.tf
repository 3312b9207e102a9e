resource "aws_dynamodb_table" "this" {
  name                        = local.name
  billing_mode                = "PAY_PER_REQUEST"
  deletion_protection_enabled = false
  hash_key                    = "name"
  range_key                   = "size"
  tags                        = local.tags

  attribute {
    name = "name"
    type = "S"
  }

  attribute {
    name = "size"
    type = "N"
  }
}

# A spelling of one's own, and bytes, come back as they were written.
resource "aws_dynamodb_table_item" "this" {
  table_name = aws_dynamodb_table.this.name
  hash_key   = aws_dynamodb_table.this.hash_key
  range_key  = aws_dynamodb_table.this.range_key

  item = <<-EOT
    {
      "name": {"S": "first"},
      "size": {"N": "${var.changed ? 2 : 1}"},
      "more": {"M": {"raw": {"B": "AP8="}, "list": {"L": [{"BOOL": true}, {"NULL": true}]}}}
    }
  EOT
}
