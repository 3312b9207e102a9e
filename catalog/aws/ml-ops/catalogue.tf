# Predictions as a table, for Athena: each run adds a partition, by model and run.
module "catalogue" {
  source = "../../../components/aws/glue-crawler"

  name          = "${local.name}-predictions"
  description   = "Predictions of ${local.name}."
  database_name = replace(local.name, "-", "_")
  tags          = var.resource_tags

  targets = [{
    store_name = local.store["output-store"].name
    store_arn  = local.store["output-store"].arn
    prefix     = "${local.store["output-store"].prefix}predictions/"
  }]
}
