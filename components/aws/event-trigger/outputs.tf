output "rule_arn" {
  description = "ARN of the rule."
  value       = aws_cloudwatch_event_rule.this.arn
}

output "queue_url" {
  description = "URL of the queue that events wait in."
  value       = aws_sqs_queue.this.url
}

output "dead_letter_queue_url" {
  description = "URL of the queue of events that the function never could deal with."
  value       = aws_sqs_queue.dead_letters.url
}

output "dead_letter_queue_arn" {
  description = "ARN of that queue, for an alarm or a policy."
  value       = aws_sqs_queue.dead_letters.arn
}
