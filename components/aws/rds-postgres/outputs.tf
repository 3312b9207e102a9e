output "arn" {
  description = "ARN of the database instance."
  value       = aws_db_instance.this.arn
}

output "identifier" {
  description = "Identifier of the database instance."
  value       = aws_db_instance.this.identifier
}

output "resource_id" {
  description = "What a policy for rds-db:connect calls the instance."
  value       = aws_db_instance.this.resource_id
}

# A client that gets these may connect at once.
output "address" {
  description = "Name or address that clients connect to."
  value       = aws_db_instance.this.address
  depends_on  = [aws_vpc_security_group_ingress_rule.client]
}

output "port" {
  description = "Port that clients connect to."
  value       = aws_db_instance.this.port
}

output "database_name" {
  description = "Name of the first database."
  value       = aws_db_instance.this.db_name
}

output "secret_arn" {
  description = "ARN of the secret that holds username and password of the master user, as JSON."
  value       = aws_db_instance.this.master_user_secret[0].secret_arn
}

output "security_group_id" {
  description = "Security group of the database, for rules of a client's own group."
  value       = aws_security_group.this.id
}

output "log_group_names" {
  description = "Log groups by the kind of log: postgresql and upgrade."
  value       = { for kind, group in aws_cloudwatch_log_group.this : kind => group.name }
}
