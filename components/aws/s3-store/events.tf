resource "aws_s3_bucket_notification" "this" {
  count = var.send_events ? 1 : 0

  bucket      = aws_s3_bucket.this.id
  eventbridge = true
}
