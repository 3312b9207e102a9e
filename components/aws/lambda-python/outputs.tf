output "arn" {
  description = "ARN of the function."
  value       = aws_lambda_function.this.arn
}

output "name" {
  description = "Name of the function."
  value       = aws_lambda_function.this.function_name
}

output "role_name" {
  description = "Name of the function's role, for a trigger that adds what it needs."
  value       = aws_iam_role.this.name
}

output "log_group_name" {
  description = "Name of the function's log group."
  value       = aws_cloudwatch_log_group.this.name
}

output "timeout_in_seconds" {
  description = "Seconds after which Lambda stops an invocation; a queue's visibility time-out is a multiple of it."
  value       = aws_lambda_function.this.timeout
}
