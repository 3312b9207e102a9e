"""Resources that become ready in their own time: waited for, given up on, and not kept waiting for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from provider_support import root_of
from sagemaker_support import CONTAINERS, push

from s_infra.sandbox.supervisor import Sandbox

Clients = Callable[[str], Any]

ENDPOINT = """
variable "image" {
  type = string
}

variable "scale" {
  type = string
}

resource "aws_sagemaker_model" "this" {
  name               = "waited-${replace(var.scale, " ", "-")}"
  execution_role_arn = "arn:aws:iam::000000000000:role/sagemaker"

  primary_container {
    image       = var.image
    environment = { SCALE = var.scale }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_sagemaker_endpoint_configuration" "this" {
  name_prefix = "waited-"

  production_variants {
    variant_name                                      = "all"
    model_name                                        = aws_sagemaker_model.this.name
    initial_instance_count                            = 1
    instance_type                                     = "ml.m5.large"
    initial_variant_weight                            = 1
    container_startup_health_check_timeout_in_seconds = 60
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_sagemaker_endpoint" "this" {
  name                 = "waited"
  endpoint_config_name = aws_sagemaker_endpoint_configuration.this.name
}
"""


@pytest.fixture(scope="module")
def image(sandbox: Sandbox, clients: Clients) -> str:
    clients("ecr").create_repository(repositoryName="waiting")
    pushed = push(sandbox, CONTAINERS / "quick", "waiting", "first")
    assert pushed.returncode == 0, pushed.stderr
    return pushed.stdout.split()[-1]


def _ask(clients: Clients) -> bytes:
    answer: bytes = (
        clients("sagemaker-runtime")
        .invoke_endpoint(EndpointName="waited", ContentType="text/csv", Body=b"1,2")["Body"]
        .read()
    )
    return answer


def test_an_endpoint_is_ready_when_apply_is_done(
    image: str, sandbox: Sandbox, clients: Clients, tmp_path: Path
) -> None:
    root = root_of(ENDPOINT, tmp_path, sandbox)
    root.apply(image=image, scale="2")
    assert _ask(clients) == b"6.0\n"
    root.apply(image=image, scale="3")
    assert _ask(clients) == b"9.0\n"
    assert root.plan(image=image, scale="3") == {}
    root.done("destroy", "-auto-approve", f"-var=image={image}", "-var=scale=3")
    assert clients("sagemaker").list_endpoints()["Endpoints"] == []


def test_what_fails_is_told_with_its_reason_and_made_anew(
    image: str, sandbox: Sandbox, clients: Clients, tmp_path: Path
) -> None:
    root = root_of(ENDPOINT, tmp_path, sandbox)
    variables = ("-auto-approve", "-input=false", f"-var=image={image}")
    [found] = root.failures("apply", *variables, "-var=scale=none at all")
    where = "creating aws_sagemaker_endpoint (waited): sagemaker:DescribeEndpoint: "
    assert found.summary.startswith(f"{where}Failed: The primary container for production variant all")
    assert found.address == "aws_sagemaker_endpoint.this"
    assert root.plan(image=image, scale="2")["aws_sagemaker_endpoint.this"] == ["delete", "create"]
    root.apply(image=image, scale="2")
    assert _ask(clients) == b"6.0\n"
    root.done("destroy", *variables, "-var=scale=2")
