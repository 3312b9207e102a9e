output "name" {
  description = "Name of the crawler, to start it by."
  value       = aws_glue_crawler.this.name
}

output "arn" {
  description = "ARN of the crawler, for policies."
  value       = aws_glue_crawler.this.arn
}

output "database_name" {
  description = "Name of the database that has the tables."
  value       = aws_glue_catalog_database.this.name
}

output "role_arn" {
  description = "ARN of the crawler's role."
  value       = aws_iam_role.this.arn
}
