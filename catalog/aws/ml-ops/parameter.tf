# Who lands files need not have the Terraform state: `s-infra land --to NAME` finds the pipeline here.
resource "aws_ssm_parameter" "pipeline" {
  name        = "/s-infra/pipelines/${local.name}"
  description = "What s-infra land and s-infra runs need to know of the pipeline ${local.name}."
  type        = "SecureString"
  value       = jsonencode(local.pipeline)
  tags        = var.resource_tags
}
