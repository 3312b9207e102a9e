# Data that lies beside the configuration lands with apply; each content of a file is one version, and one run.
locals {
  uploads = {
    for kind, path in {
      (local.train_prefix) = var.train_local_path
      (local.score_prefix) = var.score_local_path
    } : kind => path if path == null ? false : fileexists(path)
  }
}

resource "aws_s3_object" "data" {
  for_each = local.uploads

  # Landing starts a run at once: all that it needs must be in place.
  depends_on = [
    aws_iam_role_policy.model,
    aws_iam_role_policy.training_job,
    module.failures,
    module.landings,
  ]

  bucket       = local.store["feature-store"].name
  key          = "${each.key}${basename(each.value)}"
  source       = each.value
  source_hash  = filesha256(each.value)
  content_type = "text/csv"
  tags         = var.resource_tags

  # By this `s-infra land` knows the content again.
  metadata = { sha256 = filesha256(each.value) }
}

# The contract that landings are held to lies where the helper looks for it.
resource "aws_s3_object" "schema" {
  for_each = { for kind, path in var.csv_schemas : kind => path if path != null }

  bucket       = local.store["metadata-store"].name
  key          = "${local.store["metadata-store"].prefix}schemas/${each.key}.json"
  source       = each.value
  source_hash  = filesha256(each.value)
  content_type = "application/json"
  tags         = var.resource_tags
}
