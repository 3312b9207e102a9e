data "aws_vpc" "this" {
  default = true
}

data "aws_subnets" "this" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.this.id]
  }
}

data "aws_secretsmanager_secret_version" "this" {
  secret_id  = aws_secretsmanager_secret.this.id
  version_id = aws_secretsmanager_secret_version.this.version_id
}

output "network" {
  description = "Where the database is."
  value       = "${data.aws_vpc.this.cidr_block}:${length(data.aws_subnets.this.ids)}:${data.aws_vpc.this.enable_dns_hostnames}"
}

output "secret" {
  description = "The secret's name and ARN."
  value       = data.aws_secretsmanager_secret_version.this.secret_string
  sensitive   = true
}

resource "aws_security_group" "this" {
  name        = local.name
  description = "The conformance tests' database"
  vpc_id      = data.aws_vpc.this.id
  tags        = local.tags
}

resource "aws_vpc_security_group_ingress_rule" "this" {
  security_group_id            = aws_security_group.this.id
  referenced_security_group_id = aws_security_group.this.id
  description                  = var.changed ? "Changed" : "First"
  ip_protocol                  = "tcp"
  from_port                    = 5433
  to_port                      = var.changed ? 5434 : 5433
  tags                         = local.tags
}

resource "aws_vpc_security_group_egress_rule" "this" {
  security_group_id = aws_security_group.this.id
  cidr_ipv4         = var.changed ? "10.1.0.0/16" : "10.0.0.0/16"
  ip_protocol       = "-1"
}

resource "aws_db_subnet_group" "this" {
  name        = local.name
  description = var.changed ? "Changed" : "First"
  subnet_ids  = var.changed ? data.aws_subnets.this.ids : slice(data.aws_subnets.this.ids, 0, 2)
  tags        = local.tags
}

resource "aws_db_parameter_group" "this" {
  name   = local.name
  family = "postgres17"
  tags   = local.tags

  parameter {
    name  = "log_statement"
    value = var.changed ? "all" : "ddl"
  }

  dynamic "parameter" {
    for_each = var.changed ? [] : ["100"]

    content {
      name         = "max_connections"
      value        = parameter.value
      apply_method = "pending-reboot"
    }
  }
}

resource "aws_db_instance" "this" {
  identifier                      = local.name
  engine                          = "postgres"
  engine_version                  = "17"
  instance_class                  = var.changed ? "db.t4g.small" : "db.t4g.micro"
  allocated_storage               = var.changed ? 30 : 20
  storage_encrypted               = true
  db_name                         = "outputs"
  username                        = var.renamed ? "other" : "keeper"
  password                        = var.changed ? "A-second-password" : "A-first-password"
  port                            = 5487
  db_subnet_group_name            = aws_db_subnet_group.this.name
  parameter_group_name            = aws_db_parameter_group.this.name
  vpc_security_group_ids          = [aws_security_group.this.id]
  enabled_cloudwatch_logs_exports = var.changed ? ["upgrade"] : ["postgresql", "upgrade"]
  backup_retention_period         = 7
  copy_tags_to_snapshot           = true
  apply_immediately               = true
  skip_final_snapshot             = true
  tags                            = local.tags
}

resource "aws_secretsmanager_secret" "this" {
  name                    = local.name
  description             = var.changed ? "Changed" : "First"
  recovery_window_in_days = 0
  tags                    = local.tags
}

resource "aws_secretsmanager_secret_version" "this" {
  secret_id      = aws_secretsmanager_secret.this.id
  secret_string  = "a secret"
  version_stages = var.changed ? ["AWSCURRENT", "checked"] : ["AWSCURRENT"]
}
