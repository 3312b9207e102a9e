output "arn" {
  description = "ARN of the machine."
  value       = aws_sfn_state_machine.this.arn
}

output "name" {
  description = "Name of the machine."
  value       = aws_sfn_state_machine.this.name
}

output "execution_arn_prefix" {
  description = "What the ARN of every execution begins with; the execution's name follows."
  value       = "arn:${local.partition}:states:${local.region}:${local.account_id}:execution:${aws_sfn_state_machine.this.name}:"
}

output "log_group_name" {
  description = "Name of the machine's log group."
  value       = aws_cloudwatch_log_group.this.name
}
