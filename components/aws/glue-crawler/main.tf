/**
 * A Glue crawler with a database of its own: reads what lies under the given prefixes, keeps typed tables and
 * partitions of it for Athena and Spark, and has a role that may do that and nothing else. It has no schedule: a state
 * machine starts it when there is something new (`glue:startCrawler`, then `glue:getCrawler` until its state is
 * `READY`).
 */

# A crawler reads what lies under the given prefixes and keeps tables of it in a database of its own.
locals {
  # The catalogue takes small letters, digits and underscores.
  database_name = coalesce(var.database_name, replace(lower(var.name), "-", "_"))
}

resource "aws_glue_catalog_database" "this" {
  name        = local.database_name
  description = var.description
  tags        = var.tags
}

resource "aws_glue_crawler" "this" {
  # A crawl that starts before its role may read the store fails for no reason of the data's.
  depends_on = [aws_iam_role_policy.this]

  name          = var.name
  description   = var.description
  role          = aws_iam_role.this.arn
  database_name = aws_glue_catalog_database.this.name
  table_prefix  = var.table_prefix
  tags          = var.tags

  security_configuration = var.security_configuration

  dynamic "s3_target" {
    for_each = var.targets

    content {
      path        = "s3://${s3_target.value.store_name}/${s3_target.value.prefix}"
      exclusions  = s3_target.value.exclusions
      sample_size = s3_target.value.sample_size
    }
  }

  recrawl_policy {
    recrawl_behavior = var.new_folders_only ? "CRAWL_NEW_FOLDERS_ONLY" : "CRAWL_EVERYTHING"
  }

  schema_change_policy {
    # Glue takes no other policy with new folders only.
    update_behavior = var.new_folders_only ? "LOG" : "UPDATE_IN_DATABASE"
    delete_behavior = var.new_folders_only ? "LOG" : var.delete_behavior
  }

  configuration = jsonencode(merge(
    { Version = 1.0 },
    var.one_table_per_target ? { Grouping = { TableGroupingPolicy = "CombineCompatibleSchemas" } } : {},
    # Readers expect the partitions of a table to have its columns.
    { CrawlerOutput = { Partitions = { AddOrUpdateBehavior = "InheritFromTable" } } },
  ))
}
