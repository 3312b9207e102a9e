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
}

module "store" {
  source   = "../../../components/aws/s3-store"
  for_each = local.stores

  name          = "${local.name}-${each.key}-${local.account_id}"
  send_events   = each.value.send_events
  force_destroy = var.force_destroy
  tags          = var.resource_tags
}
