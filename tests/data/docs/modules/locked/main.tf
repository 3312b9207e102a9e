terraform {
  required_version = ">= 1.0"
  required_providers {
    aws = { source = "hashicorp/aws", version = "5.1.0" }
    a = { source = "foo/bar", version = "= 5.1.0" }
    b = { source = "registry.x.y/foo/bar", version = "5.1" }
    d = "1.2.3"
    e = {}
    f = { source = "terraform.io/builtin/terraform" }
    g = { version = ">= 1.0.0" }
    h = { version = "~> 1.0.0", source = "g" }
    i = { version = "1.0.0 "}
    j = { version = "v1.0.0"}
    k = { version = "1"}
    l = { version = "1.0.0-beta1"}
    m = { version = "!= 1.0.0"}
    n = { version = "1.0.0, 2.0.0"}
  }
}
terraform {
  required_version = "< 2"
  required_providers {
    aws = { version = "< 6" }
  }
}
provider "d" {
  version = "~> 2"
}
provider "zz" { }
provider "yy" { 
 alias = "q"
 version = ">= 2" 
}
resource "aws_a" "x" {}
resource "a_a" "x" {}
resource "b_a" "x" {}
resource "c_a" "x" {}
resource "d_a" "x" {}
resource "e_a" "x" {}
resource "f_a" "x" {}
resource "g_a" "x" {}
resource "h_a" "x" {}
resource "i_a" "x" {}
resource "j_a" "x" {}
resource "k_a" "x" {}
resource "l_a" "x" {}
resource "m_a" "x" {}
resource "n_a" "x" {}
resource "zz_a" "x" {}
resource "noprefix" "x" {}
resource "terraform_data" "x" {}
data "terraform_remote_state" "x" {}
resource "yy_a" "x" { provider = yy.q }
resource "yy_b" "x" { provider = "yy.r" }
resource "yy_d" "x" { provider = other }
resource "yy_e" "x" { provider = other.alias }
resource "aws__a" "x" {}
resource "aws_" "x" {}
resource "aws_a" "a" {}
data "aws_a" "a" {}
resource "null_resource" "x" {}
