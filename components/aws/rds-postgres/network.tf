resource "aws_db_subnet_group" "this" {
  name        = var.name
  description = "Where the database ${var.name} may run."
  subnet_ids  = var.subnet_ids
  tags        = var.tags
}

# It lets nobody in but the groups that are named, and nothing out.
resource "aws_security_group" "this" {
  name        = "${var.name}-database"
  description = "The database ${var.name}."
  vpc_id      = var.vpc_id
  tags        = var.tags
}

resource "aws_vpc_security_group_ingress_rule" "client" {
  for_each = var.client_security_groups

  security_group_id            = aws_security_group.this.id
  referenced_security_group_id = each.value
  description                  = each.key
  ip_protocol                  = "tcp"
  from_port                    = var.port
  to_port                      = var.port
  tags                         = var.tags
}
