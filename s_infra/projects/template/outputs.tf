output "summary" {
  description = "What was made and how to use it."
  value       = module.ml_ops.summary
}

output "pipeline" {
  description = "What `s-infra land` and `s-infra runs` need to know."
  value       = module.ml_ops.pipeline
}
