# Take the champion or wait for one, transform, let it predict, publish, tell people, keep the record.
module "scoring" {
  source = "../../../components/aws/state-machine"

  name                  = "${local.name}-scoring"
  definition            = file("${path.module}/workflows/scoring.asl.json")
  configuration_json    = jsonencode(local.scoring_configuration)
  policy_json           = data.aws_iam_policy_document.scoring_machine.json
  sync_integrations     = ["sagemaker_transform"]
  log_level             = "ALL"
  log_retention_in_days = var.log_retention_in_days
  kms_key_arn           = var.kms_key_arn
  tags                  = var.resource_tags
}

locals {
  scoring_configuration = {
    pipeline  = local.name
    job_name  = var.job_name
    topic_arn = module.notifications.arn

    stores = {
      extract  = local.store["extract-store"].name
      metadata = local.store["metadata-store"].name
      output   = local.store["output-store"].name
    }
    # What stands before every key in them: nothing, or a folder with its slash.
    folders = {
      extract  = local.store["extract-store"].prefix
      metadata = local.store["metadata-store"].prefix
      output   = local.store["output-store"].prefix
    }
    keys      = { test = var.test_key }
    transform = { job_name = module.transform.name }

    batch_transform = {
      content_type = local.content_type
      resources = {
        InstanceType  = var.batch_transform_instance_type
        InstanceCount = var.batch_transform_instance_count
      }
    }

    catalogue = { crawler = module.catalogue.name, database = module.catalogue.database_name }

    # Ten minutes more than the jobs themselves have: for the queue before them.
    timeouts = {
      transform       = 60 * (var.job_timeouts.transform_in_minutes + 10)
      batch_transform = 60 * (var.job_timeouts.batch_transform_in_minutes + 10)
    }
  }
}

data "aws_iam_policy_document" "scoring_machine" {
  source_policy_documents = [data.aws_iam_policy_document.run_transform.json, data.aws_iam_policy_document.notify.json]

  statement {
    sid       = "ReadChampion"
    actions   = ["s3:GetObject"]
    resources = ["${local.store["metadata-store"].objects}champion.json"]
  }

  statement {
    sid       = "RememberLandings"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${local.store["metadata-store"].objects}scoring/*"]
  }

  statement {
    sid       = "ForgetWhatWaited"
    actions   = ["s3:DeleteObject"]
    resources = ["${local.store["metadata-store"].objects}scoring/waiting/*"]
  }

  # The machine itself, which can't be named by a reference to it.
  statement {
    sid       = "ScoreLater"
    actions   = ["states:StartExecution"]
    resources = ["arn:${local.partition}:states:${local.region}:${local.account_id}:stateMachine:${local.name}-scoring"]
  }

  # Without it S3 says "access denied" of a champion that isn't there yet.
  statement {
    sid       = "TellMissingChampion"
    actions   = ["s3:ListBucket"]
    resources = [local.store["metadata-store"].arn]
  }

  statement {
    sid = "Predict"
    actions = [
      "sagemaker:AddTags",
      "sagemaker:CreateTransformJob",
      "sagemaker:DescribeTransformJob",
      "sagemaker:ListTags",
      "sagemaker:StopTransformJob",
    ]
    resources = [for prefix in local.job_prefixes : "${local.sagemaker_arn}:transform-job/${prefix}-*"]
  }

  statement {
    sid       = "FindPredictions"
    actions   = ["s3:ListBucket"]
    resources = [local.store["output-store"].arn]
  }

  statement {
    sid       = "TakePredictions"
    actions   = ["s3:DeleteObject", "s3:GetObject"]
    resources = ["${local.store["output-store"].objects}${local.name}-*"]
  }

  statement {
    sid       = "PublishPredictions"
    actions   = ["s3:PutObject"]
    resources = ["${local.store["output-store"].objects}predictions/*"]
  }

  statement {
    sid       = "Catalogue"
    actions   = ["glue:GetCrawler", "glue:StartCrawler"]
    resources = [module.catalogue.arn]
  }

  statement {
    sid       = "Record"
    actions   = ["s3:PutObject"]
    resources = ["${local.store["metadata-store"].objects}runs/${local.name}-*.json"]
  }
}
