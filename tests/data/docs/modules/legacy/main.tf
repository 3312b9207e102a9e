variable "raw" {
  description = "Not constant: ${var.x} stays, \"quotes\" and $${escapes} too"
  default     = <<EOT
  a ${var.x}
  EOT
}

variable "list" {
  type    = "list"
  default = ["${var.raw}-b", "c"]
}
