# Turns a landed file into what the model reads, for training and for scoring alike.
module "transform" {
  source = "../../../components/aws/glue-job"

  name               = "${local.name}-${var.glue_job_name}"
  description        = "Turns landed data of ${local.name} into what the model reads."
  script             = var.glue_transform_script
  wheels             = var.glue_dependency_package == null ? [] : [var.glue_dependency_package]
  artifacts_lock     = var.artifacts_lock
  timeout_in_minutes = var.job_timeouts.transform_in_minutes
  spark              = var.glue_job_spark_flag ? {} : null
  tags               = var.resource_tags

  artifact_store = {
    name = local.store["source-repository"].name
    arn  = local.store["source-repository"].arn
  }

  # Spark knows no versions: its script copies the one that landed to its own output, and reads it there.
  read = concat(
    [{
      store_arn = local.store["feature-store"].arn
      prefixes  = [local.train_prefix, local.score_prefix]
    }],
    !var.glue_job_spark_flag ? [] : [{
      store_arn = local.store["extract-store"].arn
      prefixes  = [local.store["extract-store"].prefix]
    }],
  )

  # A run writes under a prefix with its own name, which isn't known before it.
  write = [{
    store_arn = local.store["extract-store"].arn
    prefixes  = [local.store["extract-store"].prefix]
  }]
}
