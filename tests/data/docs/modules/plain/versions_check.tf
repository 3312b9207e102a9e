# terraform-docs-ignore
variable "left_out" {}

variable "rule" {
  type = string
  validation {
    condition     = length(var.rule) > 0
    error_message = "Not empty."
  }
}
