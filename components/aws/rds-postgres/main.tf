/**
 * A private PostgreSQL: encrypted, backed up, reached over TLS alone and only by the security groups that are named.
 * RDS makes the master user's password, keeps it in a secret and rotates it, so it is in no state, plan or variable.
 */

resource "aws_db_instance" "this" {
  # Its log groups first: RDS would make them itself, and keep logs for ever.
  depends_on = [aws_cloudwatch_log_group.this, aws_iam_role_policy.monitoring]

  identifier             = var.name
  engine                 = "postgres"
  engine_version         = var.engine_version
  instance_class         = var.instance_class
  db_name                = var.database_name
  port                   = var.port
  username               = var.username
  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [aws_security_group.this.id]
  parameter_group_name   = aws_db_parameter_group.this.name
  multi_az               = var.multi_az
  publicly_accessible    = false
  apply_immediately      = var.apply_immediately
  tags                   = var.tags

  # RDS makes the password, keeps it in Secrets Manager and rotates it: it is in no state and no plan.
  manage_master_user_password         = true
  master_user_secret_kms_key_id       = var.kms_key_arn
  iam_database_authentication_enabled = var.iam_authentication

  storage_type          = "gp3"
  allocated_storage     = var.storage_in_gb
  max_allocated_storage = var.max_storage_in_gb
  storage_encrypted     = true
  kms_key_id            = var.kms_key_arn

  auto_minor_version_upgrade = true
  backup_retention_period    = var.backup_retention_in_days
  copy_tags_to_snapshot      = true
  deletion_protection        = var.deletion_protection
  skip_final_snapshot        = !var.final_snapshot
  final_snapshot_identifier  = var.final_snapshot ? "${var.name}-final" : null

  enabled_cloudwatch_logs_exports = ["postgresql", "upgrade"]
  monitoring_interval             = 60
  monitoring_role_arn             = aws_iam_role.monitoring.arn
  performance_insights_enabled    = true
  performance_insights_kms_key_id = var.kms_key_arn
}
