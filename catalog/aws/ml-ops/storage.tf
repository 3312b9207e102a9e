# The stores, each with one purpose: who may write to one can't change another.
locals {
  stores = {
    feature-store     = { send_events = true }
    source-repository = { send_events = false }
    extract-store     = { send_events = false }
    model-store       = { send_events = false }
    metadata-store    = { send_events = false }
    output-store      = { send_events = false }
  }

  # Where each store is: a bucket of its own, or a folder of the bucket that exists.
  store = {
    for name in keys(local.stores) : name => {
      name    = var.ml_bucket_override == null ? module.store[name].name : data.aws_s3_bucket.override[0].bucket
      arn     = var.ml_bucket_override == null ? module.store[name].arn : data.aws_s3_bucket.override[0].arn
      prefix  = var.ml_bucket_override == null ? "" : "${local.name}/${name}/"
      objects = var.ml_bucket_override == null ? "${module.store[name].arn}/" : "${data.aws_s3_bucket.override[0].arn}/${local.name}/${name}/"
    }
  }
}

data "aws_s3_bucket" "override" {
  count = var.ml_bucket_override == null ? 0 : 1

  bucket = var.ml_bucket_override
}

module "store" {
  source   = "../../../components/aws/s3-store"
  for_each = var.ml_bucket_override == null ? local.stores : {}

  name          = "${local.name}-${each.key}-${local.account_id}"
  send_events   = each.value.send_events
  force_destroy = var.force_destroy
  tags          = var.resource_tags
}
