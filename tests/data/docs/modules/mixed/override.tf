variable "a" { default = "over" }
variable "new" { default = "over" }
output "o" { description = "ovd" }
