resource "aws_cloudwatch_event_bus" "this" {
  name        = local.name
  description = var.changed ? "Changed" : "First"
  tags        = local.tags
}

resource "aws_cloudwatch_event_rule" "on_a_bus" {
  name           = local.name
  event_bus_name = aws_cloudwatch_event_bus.this.name
  description    = var.changed ? "Changed" : "First"

  event_pattern = jsonencode({
    source = ["own"]
  })
}

resource "aws_cloudwatch_event_rule" "this" {
  name        = local.name
  description = var.changed ? "Changed" : "First"
  tags        = local.tags

  event_pattern = jsonencode({
    source = var.changed ? ["aws.s3", "aws.states"] : ["aws.s3"]
  })
}

resource "aws_cloudwatch_event_target" "this" {
  rule      = aws_cloudwatch_event_rule.this.name
  target_id = "queue"
  arn       = aws_sqs_queue.this.arn

  dead_letter_config {
    arn = aws_sqs_queue.dead_letter.arn
  }

  input_transformer {
    input_paths    = { bucket = "$.detail.bucket.name" }
    input_template = "{\"bucket\": <bucket>}"
  }

  retry_policy {
    maximum_event_age_in_seconds = var.changed ? 7200 : 3600
    maximum_retry_attempts       = 10
  }
}
