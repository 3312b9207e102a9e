output "summary" {
  description = "What was created and how to use it, for a person."
  value       = <<-EOT
    Pipeline ${local.name} is ready in ${local.region}.

    1. Train: land a CSV file with a header.
         s-infra land train.csv
       or  aws s3 cp train.csv s3://${local.store["feature-store"].name}/${local.train_prefix}
       The best model is registered if its ${var.tuning_metric} is ${local.passes} ${var.inference_metric_threshold}.
       ${local.deploys}

    2. Score: land a CSV file with the same columns but the target.
         s-infra land score.csv
       or  aws s3 cp score.csv s3://${local.store["feature-store"].name}/${local.score_prefix}
       The registered model's predictions come to s3://${local.store["output-store"].name}/${local.store["output-store"].prefix}predictions/.

    3. Look: s-infra runs show <run>
       The runs' records are in s3://${local.store["metadata-store"].name}/${local.store["metadata-store"].prefix}runs/, the registered model in champion.json beside them.
       ${local.told}
  EOT

  precondition {
    condition     = !var.enable_predictive_db
    error_message = "enable_predictive_db can't be true in this version: the predictive database comes with a later one. Read the predictions in the output store."
  }

  precondition {
    condition     = !var.retrain_on_alarm
    error_message = "retrain_on_alarm can't be true in this version: retraining on an alarm comes with a later one. Land training data when the alarm's mail comes."
  }

  precondition {
    condition     = !var.enable_data_drift_monitor
    error_message = "enable_data_drift_monitor can't be true in this version: the drift monitor comes with a later one."
  }

  precondition {
    condition     = var.max_parallel_training_jobs <= var.max_number_training_jobs
    error_message = "max_parallel_training_jobs is ${var.max_parallel_training_jobs}, more than max_number_training_jobs with ${var.max_number_training_jobs}: lower the first or raise the second."
  }

  precondition {
    condition     = var.alarm_datapoints_to_evaluate <= var.alarm_evaluation_period
    error_message = "alarm_datapoints_to_evaluate is ${var.alarm_datapoints_to_evaluate}, more than alarm_evaluation_period with ${var.alarm_evaluation_period}: lower the first or raise the second."
  }

  precondition {
    condition     = var.alarm_evaluation_period * var.alarm_metric_evaluation_period <= (var.alarm_metric_evaluation_period < 3600 ? 86400 : 604800)
    error_message = "alarm_evaluation_period times alarm_metric_evaluation_period is more than CloudWatch looks back: a day with periods of less than an hour, else a week. Lower one of them."
  }

  precondition {
    condition     = length(setintersection(keys(var.static_hyperparameters), local.tuned_names)) == 0
    error_message = "A hyperparameter stands both in static_hyperparameters and in parameter_ranges (${join(", ", setintersection(keys(var.static_hyperparameters), local.tuned_names))}): it is either fixed or tuned, so remove it from one of them."
  }

  precondition {
    condition     = length(distinct([var.train_key, var.validate_key, var.test_key])) == 3
    error_message = "Two of train_key, validate_key and test_key are the same: one extract would overwrite the other. Give each its own."
  }

  precondition {
    condition     = var.built_in_model_image != null || fileexists("${var.byo_model_source_image_path}/Dockerfile")
    error_message = "There is no Dockerfile in the folder that byo_model_source_image_path names: give the folder's path from where Terraform runs, or one of AWS's images in built_in_model_image."
  }

  precondition {
    condition     = length(local.endpoint_name == null ? "" : local.endpoint_name) <= 63
    error_message = "name_prefix makes an endpoint's name of more than 63 characters: give endpoint_name."
  }

  precondition {
    condition     = length("${local.name}-${var.glue_job_name}") <= 64
    error_message = "name_prefix and glue_job_name together make a role's name of more than 64 characters: shorten one of them."
  }
}

locals {
  passes = {
    NumericGreaterThan       = "greater than"
    NumericGreaterThanEquals = "at least"
    NumericLessThan          = "less than"
    NumericLessThanEquals    = "at most"
  }[var.inference_comparison_operator]

  deploys = (
    local.serves
    ? "The endpoint ${local.endpoint_name} then serves it: aws sagemaker-runtime invoke-endpoint --endpoint-name ${local.endpoint_name} --content-type ${local.content_type} --body fileb://rows.csv answers"
    : "No endpoint is made: set endpoint_or_batch_transform to \"Endpoint\" for one."
  )

  told = (
    length(var.notification_emails) == 0
    ? "Nobody is told how a run ended: set notification_emails."
    : "Told how each run ended, once the address is confirmed: ${join(", ", var.notification_emails)}."
  )

  pipeline = {
    name                       = local.name
    feature_store_bucket       = local.store["feature-store"].name
    train_prefix               = local.train_prefix
    score_prefix               = local.score_prefix
    training_state_machine_arn = module.training.arn
    scoring_state_machine_arn  = module.scoring.arn
    extract_store_bucket       = local.store["extract-store"].name
    model_store_bucket         = local.store["model-store"].name
    metadata_store_bucket      = local.store["metadata-store"].name
    metadata_prefix            = local.store["metadata-store"].prefix
    output_store_bucket        = local.store["output-store"].name
    endpoint_name              = local.endpoint_name
    topic_arn                  = module.notifications.arn
    dead_letter_queue_urls     = [module.landings.dead_letter_queue_url, module.failures.dead_letter_queue_url]
  }

  tuned_names = flatten([for ranges in values(var.parameter_ranges) : [for range in ranges : range.Name]])
}

output "pipeline" {
  description = "What `s-infra land` and `s-infra runs` need to know of this pipeline."
  value       = local.pipeline

  # Whoever reads it may land a file at once: its event must find rule, queue, function and roles in place.
  depends_on = [
    aws_iam_role_policy.model,
    aws_iam_role_policy.training_job,
    module.failures,
    module.landings,
  ]
}

output "feature_store_bucket" {
  description = "Name of the bucket in which training and scoring data land."
  value       = local.store["feature-store"].name
}

output "source_repository_bucket" {
  description = "Name of the bucket that holds the Glue script and wheels."
  value       = local.store["source-repository"].name
}

output "extract_store_bucket" {
  description = "Name of the bucket that holds what the transform made of the data, by run."
  value       = local.store["extract-store"].name
}

output "model_store_bucket" {
  description = "Name of the bucket that holds model artifacts, by run."
  value       = local.store["model-store"].name
}

output "metadata_store_bucket" {
  description = "Name of the bucket that holds the runs' records and champion.json."
  value       = local.store["metadata-store"].name
}

output "output_store_bucket" {
  description = "Name of the bucket that holds predictions, by run."
  value       = local.store["output-store"].name
}

output "training_state_machine_arn" {
  description = "ARN of the machine that trains."
  value       = module.training.arn
}

output "scoring_state_machine_arn" {
  description = "ARN of the machine that scores."
  value       = module.scoring.arn
}

output "glue_job_name" {
  description = "Name of the Glue job that transforms landed data."
  value       = module.transform.name
}

output "image_uri" {
  description = "URI of the model's container image."
  value       = local.image_uri
}

output "image_builder_project" {
  description = "Name of the CodeBuild project that builds the image where no engine answers; null where there is none."
  value       = one(module.image_builder[*].name)
}

output "endpoint_name" {
  description = "Name of the endpoint that training creates or updates; null where it makes none."
  value       = local.endpoint_name
}

output "alarm_name" {
  description = "Name of the alarm on what train measured."
  value       = module.alarm.name
}

output "predictions_table" {
  description = "Database and table of the predictions in the Glue Data Catalog, for Athena; the table is there after the first scoring run."
  value       = { database = module.catalogue.database_name, name = "predictions" }
}

output "topic_arn" {
  description = "ARN of the topic on which each run's outcome is told."
  value       = module.notifications.arn
}

output "dead_letter_queue_urls" {
  description = "URLs of the queues of events that couldn't be dealt with, by what they are about."
  value = {
    landings = module.landings.dead_letter_queue_url
    failures = module.failures.dead_letter_queue_url
  }
}
