// not a header
variable "a" {
  type        = string
  description = "replaced by an override"
}
variable "zz" { type = number }
module "merged" {
  source = "git::https://example.com/x.git//sub?ref=v1.2.0"
}
output "o" { value = 1 }
