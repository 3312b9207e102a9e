# Every type that the embedded provider serves, at least once. `changed` is what is updated in place, `renamed`
# what makes each resource a new one.

terraform {
  required_version = ">= 1.5"

  required_providers {
    archive = {
      source  = "hashicorp/archive"
      version = ">= 2.5, < 3"
    }
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.46, < 7"
    }
  }
}

variable "changed" {
  description = "Whether what can be changed in place is."
  type        = bool
  default     = false
}

variable "renamed" {
  description = "Whether everything has another name."
  type        = bool
  default     = false
}

provider "aws" {
  default_tags {
    tags = {
      project = "conformance"
    }
  }
}

locals {
  name = var.renamed ? "conformance-renamed" : "conformance"
  tags = var.changed ? { stage = "changed" } : { stage = "first", removed = "later" }
}

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

data "aws_region" "this" {}

output "identity" {
  description = "Who and where the provider is."
  value       = "${data.aws_partition.this.partition}:${data.aws_region.this.region}:${data.aws_caller_identity.this.account_id}"
}
