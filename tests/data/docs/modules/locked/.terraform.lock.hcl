provider "registry.terraform.io/hashicorp/aws" {
  version     = "5.9.0"
  constraints = ">= 5.0.0"
  hashes = [
    "h1:x",
  ]
}

provider "registry.opentofu.org/hashicorp/null" {
  version = "3.2.1"
  hashes = [
    "h1:x",
  ]
}
