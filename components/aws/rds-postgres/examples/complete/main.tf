terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.46, < 7"
    }
  }
}

variable "protected" {
  description = "Whether RDS refuses to delete the database, and keeps a last snapshot; false for a trial."
  type        = bool
  default     = true
  nullable    = false
}

data "aws_vpc" "this" {
  default = true
}

data "aws_subnets" "this" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.this.id]
  }
}

# Whoever loads predictions is in the network's own group here.
data "aws_security_group" "loader" {
  vpc_id = data.aws_vpc.this.id
  name   = "default"
}

module "database" {
  source = "../.."

  name                     = "complete"
  vpc_id                   = data.aws_vpc.this.id
  subnet_ids               = data.aws_subnets.this.ids
  client_security_groups   = { loader = data.aws_security_group.loader.id }
  database_name            = "model_outputs"
  username                 = "predictions"
  port                     = 6432
  engine_version           = "17"
  instance_class           = "db.t4g.small"
  storage_in_gb            = 30
  max_storage_in_gb        = 100
  multi_az                 = true
  backup_retention_in_days = 14
  deletion_protection      = var.protected
  final_snapshot           = var.protected
  apply_immediately        = true
  log_statements_from_ms   = 250
  log_retention_in_days    = 731
  tags                     = { project = "demo" }

  parameters = {
    work_mem        = { value = "16384" }
    max_connections = { value = "60", apply_method = "pending-reboot" }
  }
}

# The loader may open connections to the database, and to nothing else.
resource "aws_vpc_security_group_egress_rule" "loader" {
  security_group_id            = data.aws_security_group.loader.id
  referenced_security_group_id = module.database.security_group_id
  description                  = "database"
  ip_protocol                  = "tcp"
  from_port                    = module.database.port
  to_port                      = module.database.port
}

output "connection" {
  description = "What a client needs to connect."
  value = {
    address    = module.database.address
    port       = module.database.port
    database   = module.database.database_name
    secret_arn = module.database.secret_arn
  }
}
