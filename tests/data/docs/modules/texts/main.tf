terraform {
  required_providers {
    foo_bar = "1"
  }
}
resource "foo_bar_baz_x" "a_b" {}
module "a_b*c" { source = "a|b_c*d" }
variable "plain" {
 type = string
 default = "a|b_c*d<x>&`y`\\z"
 description = "a|b_c*d<x>&`y`\\z [l](http://a_b.c) <http://a_b> ~x~ #h {curl} $d"
}
variable "multi_l" {
 type = object({ a_b = string })
 default = {
   "a|b" = "x\ny_z*"
   "<t>" = "&"
 }
 description = <<-EOT
   Line one_two with *x*

   ```hcl
   code_x = "a|b" <t>
   ```
   after   
   - a_b

     - nested
   | a | b |
   |---|---|
   | 1 | 2 |


   end `co_de` *
   1. x
      y
   \ back
   <br> <b>x</b>
   a  
   b
	tab
 EOT
}
variable "lb" {
 description = "a\nb"
 default = "a\nb"
 type = any
}
variable "trail" {
 description = "a\n\n"
}
variable "lead" {
 description = "\n\na"
}
variable "crlf" {
 description = "a\r\nb"
}
variable "uni" {
 description = "é 日本 \u200b 😀 \u00a0x"
 default = "é 日本 \u200b 😀 \u00a0x \u2028 \u0001 \u007f"
}
variable "codeonly" {
 description = "```\nx_y\n```"
}
variable "codeinl" {
 description = "a ```x_y``` b"
}
variable "underscores" {
 description = "__init__ snake_case _a_ *b* **c** a_b_c http://foo_bar/x_y `a_b` a_ _b <a href=\"x_y\">t</a> \\_ \\| ||"
}
output "a_b" { description = "x_y | z\n\nb" }
