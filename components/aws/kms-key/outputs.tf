output "arn" {
  description = "ARN of the key, to encrypt with and for policies."
  value       = aws_kms_key.this.arn
}

output "alias" {
  description = "The key's alias."
  value       = aws_kms_alias.this.name
}
