/**
 * Trains, judges and serves a model whenever data lands: a CSV file under `train/` of the feature store is transformed
 * (Glue), tuned on (SageMaker), and its best model registered if it passes the gate, and deployed to an endpoint if you
 * want one; a CSV file under `score/` gets the registered model's predictions. `terraform apply` creates all of it, uploads script and wheel and pushes the image.
 */

# What every file of this module shares: who and where it is, and how its things are named.
data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

data "aws_region" "current" {
  lifecycle {
    postcondition {
      condition     = self.id == var.environment.aws_region
      error_message = "environment.aws_region is ${var.environment.aws_region}, but the aws provider works in ${self.id}: give the provider that Region, or name this one in environment."
    }
  }
}

locals {
  name       = trimsuffix(var.name_prefix, "-")
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id
  account_id = data.aws_caller_identity.current.account_id

  # What lands under these starts a run; the helper and the starting function are told, nobody guesses.
  train_prefix      = "${local.store["feature-store"].prefix}train/"
  score_prefix      = "${local.store["feature-store"].prefix}score/"
  quarantine_prefix = "${local.store["feature-store"].prefix}quarantine/"

  sagemaker_arn = "arn:${local.partition}:sagemaker:${local.region}:${local.account_id}"
  logs_arn      = "arn:${local.partition}:logs:${local.region}:${local.account_id}"

  # SageMaker and its containers know csv by this name.
  content_type = var.input_data_content_type == "csv" ? "text/csv" : var.input_data_content_type

  # What the names of jobs and models begin with; their ARNs have it in lower case.
  job_prefixes = distinct([var.job_name, lower(var.job_name)])
}
