output "name" {
  description = "Name of the project, to build with: `s-infra image push --project`."
  value       = aws_codebuild_project.this.name
}

output "arn" {
  description = "ARN of the project, for policies."
  value       = aws_codebuild_project.this.arn
}

output "role_arn" {
  description = "ARN of the builds' role."
  value       = aws_iam_role.this.arn
}

output "log_group_name" {
  description = "Name of the log group that builds write to."
  value       = aws_cloudwatch_log_group.this.name
}
