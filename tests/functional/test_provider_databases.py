"""Databases by Terraform: networks and secrets as data, what waits, and a password that is written only."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from provider_support import root_of
from rds_support import Databases

from s_infra.sandbox.supervisor import Sandbox

Clients = Callable[[str], Any]

FOUND = """
data "aws_vpc" "this" {
  default = true
}

data "aws_subnets" "this" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.this.id]
  }
}

data "aws_security_group" "this" {
  vpc_id = data.aws_vpc.this.id
  name   = "default"
}

data "aws_secretsmanager_secret_version" "this" {
  secret_id     = "found"
  version_stage = "AWSPREVIOUS"
}

output "vpc" {
  value = [data.aws_vpc.this.id, data.aws_vpc.this.cidr_block, data.aws_vpc.this.enable_dns_hostnames]
}

output "group" {
  value = data.aws_security_group.this.id
}

output "subnets" {
  value = data.aws_subnets.this.ids
}

output "secret" {
  value     = data.aws_secretsmanager_secret_version.this.secret_string
  sensitive = true
}
"""
DATABASE = """
variable "identifier" {
  default = "written"
}

variable "secret" {
  default   = "A-first-password"
  ephemeral = true
}

variable "release" {
  default = 1
}

variable "storage" {
  default = 20
}

resource "aws_db_instance" "this" {
  identifier          = var.identifier
  engine              = "postgres"
  instance_class      = "db.t4g.micro"
  allocated_storage   = var.storage
  db_name             = "outputs"
  username            = "keeper"
  password_wo         = var.secret
  password_wo_version = var.release
  port                = 5477
  skip_final_snapshot = true
}
"""


@pytest.mark.parity(
    "terraform:data.aws_vpc", "terraform:data.aws_subnets", "terraform:data.aws_security_group"
)
@pytest.mark.parity("terraform:data.aws_secretsmanager_secret_version")
def test_networks_and_secrets_are_found(sandbox: Sandbox, clients: Clients, tmp_path: Path) -> None:
    store = clients("secretsmanager")
    store.create_secret(Name="found", SecretString="first")
    store.put_secret_value(SecretId="found", SecretString="second")
    root = root_of(FOUND, tmp_path, sandbox)
    root.apply()
    told = json.loads(root.done("output", "-json"))
    (vpc,) = clients("ec2").describe_vpcs()["Vpcs"]
    assert told["vpc"]["value"] == [vpc["VpcId"], vpc["CidrBlock"], True]
    (group,) = clients("ec2").describe_security_groups(
        Filters=[{"Name": "group-name", "Values": ["default"]}, {"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    )["SecurityGroups"]
    assert told["group"]["value"] == group["GroupId"]
    assert len(told["subnets"]["value"]) == 3
    assert told["secret"]["value"] == "first"
    text = FOUND.replace("default = true", 'cidr_block = "10.9.0.0/16"')
    (failure,) = root_of(text, tmp_path / "absent", sandbox).failures("plan", "-input=false")
    assert "no matching EC2 VPC found" in failure.summary


def test_a_database_is_ready_when_it_is_applied(sandbox: Sandbox, clients: Clients, tmp_path: Path) -> None:
    databases = Databases(clients)
    root = root_of(DATABASE, tmp_path, sandbox)
    root.apply()
    assert databases.ask("written", "select 1", password="A-first-password") == 1
    root.apply(secret="Another-password", release=2)
    assert databases.ask("written", "select 1", password="Another-password") == 1
    kept = (tmp_path / "terraform.tfstate").read_text()
    assert "A-first-password" not in kept
    assert "Another-password" not in kept
    (waits,) = root.failures("apply", "-auto-approve", "-var=release=2", "-var=storage=30")
    assert "there is no maintenance window" in waits.summary
    (renamed,) = root.failures("apply", "-auto-approve", "-var=release=2", "-var=identifier=other")
    assert "identifier isn't carried out" in renamed.summary
    root.destroy()
    assert clients("rds").describe_db_instances()["DBInstances"] == []


def test_a_refused_argument_is_named(sandbox: Sandbox, tmp_path: Path) -> None:
    text = DATABASE.replace("  port  ", '  domain = "d-1"\n  port  ').replace(
        "= 5477", "= 5477\n  publicly_accessible = true"
    )
    found = root_of(text, tmp_path, sandbox).failures("validate")
    assert [one.summary for one in found] == ["s-infra sandbox: aws_db_instance domain isn't carried out"]
