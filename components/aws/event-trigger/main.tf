/**
 * EventBridge rule, encrypted queue with a dead-letter queue, and the mapping that feeds a Lambda function from it.
 * EventBridge delivers at least once and in no order; the queue keeps what the function can't deal with yet, and only
 * the failed events of a batch come again.
 */

# An event waits in a queue until the function has dealt with it, and in a second one if it never could.
resource "aws_cloudwatch_event_rule" "this" {
  name          = var.name
  description   = var.description
  event_pattern = var.event_pattern
  tags          = var.tags
}

resource "aws_cloudwatch_event_target" "this" {
  # The rule's messages are refused, and lost, while the queue doesn't know it.
  depends_on = [aws_sqs_queue_policy.this]

  rule      = aws_cloudwatch_event_rule.this.name
  target_id = "queue"
  arn       = aws_sqs_queue.this.arn
}

resource "aws_lambda_event_source_mapping" "this" {
  # Lambda refuses to poll a queue that the function's role may not read.
  depends_on = [aws_iam_role_policy.this]

  event_source_arn        = aws_sqs_queue.this.arn
  function_name           = var.function_arn
  batch_size              = var.batch_size
  function_response_types = ["ReportBatchItemFailures"]
}
