resource "aws_glue_catalog_database" "this" {
  name        = replace(local.name, "-", "_")
  description = var.changed ? null : "The conformance tests' tables"
  parameters  = var.changed ? { owner = "b" } : { owner = "a", kind = "x" }
  tags        = local.tags
}

resource "aws_glue_crawler" "this" {
  name          = local.name
  database_name = aws_glue_catalog_database.this.name
  role          = aws_iam_role.this.arn
  description   = var.changed ? "Changed" : null
  table_prefix  = var.changed ? "raw_" : null
  tags          = local.tags

  configuration = jsonencode({
    Version  = 1.0
    Grouping = { TableGroupingPolicy = "CombineCompatibleSchemas" }
  })

  s3_target {
    path        = "s3://${aws_s3_bucket.this.id}/data/"
    exclusions  = var.changed ? ["*.tmp"] : ["*.tmp", "old/**"]
    sample_size = 10
  }

  schema_change_policy {
    delete_behavior = var.changed ? "LOG" : "DELETE_FROM_DATABASE"
  }
}

resource "aws_glue_job" "spark" {
  name              = "${local.name}-spark"
  role_arn          = aws_iam_role.this.arn
  glue_version      = "5.0"
  worker_type       = var.changed ? "G.2X" : "G.1X"
  number_of_workers = var.changed ? 3 : 2
  timeout           = 30
  default_arguments = { "--conf" = var.changed ? "spark.sql.ansi.enabled=true" : "spark.sql.ansi.enabled=false" }
  tags              = local.tags

  command {
    script_location = "s3://${aws_s3_bucket.this.id}/job.py"
  }
}
