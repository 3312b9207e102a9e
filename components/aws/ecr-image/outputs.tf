output "image_uri" {
  description = "URI of the image; whoever uses it waits until it has been pushed."
  value       = local.image_uri
  depends_on  = [terraform_data.push]
}

output "tag" {
  description = "The image's tag."
  value       = local.tag
}

output "repository_name" {
  description = "Name of the repository."
  value       = aws_ecr_repository.this.name
}

output "repository_uri" {
  description = "URI of the repository, without a tag."
  value       = aws_ecr_repository.this.repository_url
}

output "repository_arn" {
  description = "ARN of the repository, for policies."
  value       = aws_ecr_repository.this.arn
}
