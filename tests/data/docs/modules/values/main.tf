variable "numbers" {
  default = [1.50, 1e3, 1000000, 123456789012345678901234567890, 1e21, 1e-7, 0.00001, -0.5, 1 / 3]
}
variable "strings" {
  default = ["", "null", "true", "1.0", "~", "a: b", "- a", "#a", "'q'", "a\tb", "a\u0001b", "é😀\u2028", "2001-01-01", "y", "0x1", " a", "a\nb", "a\n", "\na", "a \nb"]
}
variable "nested" {
  type = map(object({
    name = string # what it is called
    tags = optional(map(string), {})
  }))
  default = {
    "b c"  = { list = [[1, 2], ["a"]], empty = {}, none = [] }
    "a.b"  = { a10 = 1, a2 = 2, A = 3 }
    "list" = [{ a = 1 }, { b = { c = [] } }]
  }
}
variable "mixed" { default = [{ a = 1 }, "x", true] }
variable "none" { default = null }
variable "computed" { default = true ? { for k in ["a", "b"] : k => "${k}!" } : {} }
variable "first" { default = { a = ["x", "y"] }.a[1] }
variable "logic" { default = !true || 1 < 2 && 7 % 4 == 3 }
variable "html" { default = "<&>" }
variable "needed" { type = list(string) }
variable "legacy" { type = "map" }
output "one" {
  value       = 1
  description = "A value."
}
output "two" {
  value     = 2
  sensitive = true
}
output "three" { value = 3 }
variable "texts" {
  type    = list
  default = "```a_b\n  c = d``` e_f|g `h"
}
variable "keys" {
  default = { "graphite-2003-tcp" = 1, "graphite-2023-tcp" = 2, "a b" = 3, "y" = 4, "10" = 5, "9" = 6 }
}
variable "big" { default = 1e20 }
variable "signs" { default = "$$${x} $$$$${y} %%%{if} a$$${b}c" }
