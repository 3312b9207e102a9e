# Who hears how a run ended, and when the alarm goes off.
module "notifications" {
  source = "../../../components/aws/notification-topic"

  name        = "${local.name}-notifications"
  emails      = var.notification_emails
  kms_key_arn = one(module.notification_key[*].arn)
  alarm_arns  = var.alarm_actions_enabled ? [local.alarm_arns] : []
  tags        = var.resource_tags
}

# Alarms can't publish to a topic that is encrypted with the account's own key for SNS.
module "notification_key" {
  source = "../../../components/aws/kms-key"
  count  = var.alarm_actions_enabled ? 1 : 0

  name        = "${local.name}-notifications"
  description = "Encrypts the notifications of ${local.name}."
  services    = { alarms = { service = "cloudwatch.amazonaws.com", source_arns = [local.alarm_arns] } }
  tags        = var.resource_tags
}

locals {
  alarm_arns = "arn:${local.partition}:cloudwatch:${local.region}:${local.account_id}:alarm:${local.name}*"
}

# What publishes to the topic.
data "aws_iam_policy_document" "notify" {
  statement {
    sid       = "Notify"
    actions   = ["sns:Publish"]
    resources = [module.notifications.arn]
  }

  dynamic "statement" {
    for_each = module.notification_key

    content {
      sid       = "EncryptNotifications"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [statement.value.arn]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["sns.${local.region}.amazonaws.com"]
      }
    }
  }
}
