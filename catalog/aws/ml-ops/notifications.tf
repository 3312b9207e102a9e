# Who hears how a run ended.
module "notifications" {
  source = "../../../components/aws/notification-topic"

  name   = "${local.name}-notifications"
  emails = var.notification_emails
  tags   = var.resource_tags
}
