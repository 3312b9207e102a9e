/**
 * # Header title
 *
 * Some | header _text_ with *stars* `code` <b>html</b>
 *
 * ```hcl
 * module "x" {}
 * ```
 */
terraform {
  required_version = ">= 1.0, < 2"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0, < 7"
      configuration_aliases = [aws.east]
    }
    null = ">= 2.0"
    tls = { source = "hashicorp/tls" }
  }
}
provider "aws" {
  alias = "west"
}
provider "google" {
  version = "~> 3.0"
}
resource "aws_s3_bucket" "this_one" {
  count = 2
  provider = aws.east
}
# A comment for the resource
resource "null_resource" "foo" {}
data "aws_ami" "ami" {}
ephemeral "random_password" "pw" {}
module "reg" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "5.0"
}
// local module
module "loc" { source = "./sub" }
module "git" { source = "git::https://example.com/x.git?ref=v1" }
moved {
  from = a.b
  to = a.c
}
import {
 to = a.b
 id = "x"
}
check "c" {
  data "http" "h" { url = "x" }
  assert {
    condition = true
    error_message = "m"
  }
}
variable "a_str" {
  type = string
  default = "hello"
  description = "A | pipe _under_ *star* `tick` <i> & http://x.y"
}
variable "b_obj" {
  type = object({
    a = string # comment
    b = optional(list(string), ["x"])
    c = optional(object({ d = number }), {})
  })
  default = {
    a = "x"
    b = ["1","2"]
  }
  description = <<-EOT
    Multi
    line

    - x
    - y
  EOT
}
variable "noth" {}
# comment desc
# second line
variable "num" { default = 1.50 }
variable "big" { default = 123456789012345678901234567890 }
variable "e" { default = 1e3 }
variable "nul" { default = null }
variable "tr" {
  default = true
  sensitive = true
  nullable = false
  description = "x"
}
variable "lst" { 
  type = list
  default = [] 
}
variable "mp" {
  type = "map"
  default = {}
}
variable "any" {
  type = any
  description = ""
  default = ""
}
variable "here" {
  default = <<EOF2
hello
 world
EOF2
}
output "o1" {
  value = 1
  description = "desc o1"
}
// comment o2
output "o2" {
  value = var.x
  sensitive = true
}
resource "google_x" "beta" { provider = google-beta.one }
resource "google_x" "plain" { provider = google.two }
