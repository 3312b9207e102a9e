output "name" {
  description = "Name of the job, to start it by."
  value       = aws_glue_job.this.name
  depends_on  = [aws_s3_object.wheel]
}

output "arn" {
  description = "ARN of the job, for policies."
  value       = aws_glue_job.this.arn
}

output "role_arn" {
  description = "ARN of the job's role."
  value       = aws_iam_role.this.arn
}
