"""What holds whatever the type: tags, Regions, names, paths, targets, other cores, mocks."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from provider_support import CORES, root_of

from s_infra.sandbox.provider.types import PROVIDERS
from s_infra.sandbox.supervisor import Sandbox
from s_infra.terraform import core

Clients = Callable[[str], Any]

TAGS = """
variable "stage" {
  type = string
}

provider "aws" {
  default_tags {
    tags = {
      project = "p"
      stage   = var.stage
    }
  }
}

resource "aws_sqs_queue" "this" {
  name = "tagged"
  tags = { project = "own" }
}
"""


def test_default_tags_are_added_and_give_way_to_the_resources_own(
    sandbox: Sandbox, clients: Clients, tmp_path: Path
) -> None:
    root = root_of(TAGS, tmp_path, sandbox)
    root.apply(stage="one")
    values = root.state()["aws_sqs_queue.this"]
    assert values["tags"] == {"project": "own"}
    assert values["tags_all"] == {"project": "own", "stage": "one"}
    assert root.plan(stage="one") == {}
    assert root.plan(stage="two") == {"aws_sqs_queue.this": ["update"]}
    root.apply(stage="two")
    queue = clients("sqs").list_queue_tags(QueueUrl=values["url"])
    assert queue["Tags"] == {"project": "own", "stage": "two"}
    root.done("destroy", "-auto-approve", "-var=stage=two")


def test_an_alias_and_an_argument_each_choose_a_region(sandbox: Sandbox, tmp_path: Path) -> None:
    text = """
provider "aws" {
  region = "eu-west-1"
}

provider "aws" {
  alias  = "far"
  region = "us-west-2"
}

resource "aws_sqs_queue" "near" {
  name = "regional"
}

resource "aws_sqs_queue" "far" {
  provider = aws.far
  name     = "regional"
}

resource "aws_sqs_queue" "named" {
  name   = "regional"
  region = "ap-south-1"
}
"""
    root = root_of(text, tmp_path, sandbox)
    root.apply()
    arns = {address: values["arn"].split(":")[3] for address, values in root.state().items()}
    assert arns == {
        "aws_sqs_queue.near": "eu-west-1",
        "aws_sqs_queue.far": "us-west-2",
        "aws_sqs_queue.named": "ap-south-1",
    }
    assert root.plan() == {}
    root.destroy()


def test_a_name_is_made_up_from_its_prefix(sandbox: Sandbox, tmp_path: Path) -> None:
    text = 'resource "aws_sns_topic" "this" {\n  name_prefix = "made-up-"\n}\n'
    root = root_of(text, tmp_path, sandbox)
    root.apply()
    assert root.state()["aws_sns_topic.this"]["name"].startswith("made-up-2")
    assert root.plan() == {}
    root.destroy()


@pytest.mark.parity("terraform:data.archive_file")
def test_a_target_leaves_the_rest_alone(sandbox: Sandbox, tmp_path: Path) -> None:
    queues = [f'resource "aws_sqs_queue" "{name}" {{\n  name = "{name}"\n}}\n' for name in ("one", "two")]
    root = root_of("".join(queues), tmp_path, sandbox)
    root.done("apply", "-auto-approve", "-target=aws_sqs_queue.one")
    assert set(root.state()) == {"aws_sqs_queue.one"}
    root.destroy()


ARCHIVE = """
data "archive_file" "this" {
  type        = "zip"
  source_file = "main.tf"
  output_path = "built/it.zip"
}

output "hash" {
  value = data.archive_file.this.output_base64sha256
}
"""


def test_relative_paths_start_where_terraform_runs(sandbox: Sandbox, tmp_path: Path) -> None:
    root = root_of(ARCHIVE, tmp_path / "root", sandbox)
    root.apply()
    with zipfile.ZipFile(tmp_path / "root/built/it.zip") as archive:
        assert archive.read("main.tf").decode() == ARCHIVE


@pytest.mark.parametrize("name", CORES)
def test_each_core_does_it_all(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    found = core.find({**os.environ, core.OVERRIDE_VARIABLE: name})
    text = ARCHIVE + f'resource "aws_sqs_queue" "this" {{\n  name = "by-{name}"\n}}\n'
    root = root_of(text, tmp_path, sandbox, with_core=found)
    root.done("validate")
    root.apply()
    assert root.plan() == {}
    root.destroy()
    assert json.loads(root.done("show", "-json")).get("values") is None


def test_terraform_test_runs_with_and_without_a_mock(sandbox: Sandbox, tmp_path: Path) -> None:
    text = """
resource "aws_sqs_queue" "this" {
  name = "tested"
}

output "arn" {
  value = aws_sqs_queue.this.arn
}
"""
    run = 'run "%s" {\n  assert {\n    condition     = %s\n    error_message = output.arn\n  }\n}\n'
    root = root_of(text, tmp_path, sandbox)
    (tmp_path / "real.tftest.hcl").write_text(run % ("real", 'endswith(output.arn, ":tested")'))
    mocked = 'mock_provider "aws" {}\n' + run % ("mocked", '!endswith(output.arn, ":tested")')
    (tmp_path / "mocked.tftest.hcl").write_text(mocked)
    assert "2 passed, 0 failed" in root.done("test", "-no-color")


def test_the_provider_answers_for_both_registries(sandbox: Sandbox) -> None:
    reattach = json.loads(sandbox.environment["TF_REATTACH_PROVIDERS"])
    names = {f"hashicorp/{served.name}" for served in PROVIDERS}
    registries = ("registry.terraform.io", "registry.opentofu.org")
    assert set(reattach) == {f"{registry}/{name}" for registry in registries for name in names}


@pytest.mark.parametrize("first", ["", None])
def test_null_and_empty_plan_the_same(sandbox: Sandbox, tmp_path: Path, first: str | None) -> None:
    text = """
variable "text" {
  type    = string
  default = null
}

resource "aws_cloudwatch_event_rule" "this" {
  name          = "empty"
  description   = var.text
  event_pattern = jsonencode({ source = ["aws.s3"] })
}
"""
    root = root_of(text, tmp_path, sandbox)
    root.apply(**({} if first is None else {"text": first}))
    assert root.plan() == {}
    assert root.plan(text="") == {}
    assert root.plan(text="full") == {"aws_cloudwatch_event_rule.this": ["update"]}
    root.destroy()


PUBLISHED = """
variable "timeout" {
  type = number
}

variable "tag" {
  type = string
}

data "archive_file" "this" {
  type                    = "zip"
  source_content          = "def handle(event, context):\\n    return context.function_version\\n"
  source_content_filename = "handler.py"
  output_path             = "${path.root}/function.zip"
}

resource "aws_lambda_function" "this" {
  function_name = "published"
  role          = "arn:aws:iam::000000000000:role/any"
  runtime       = "python3.12"
  handler       = "handler.handle"
  filename      = data.archive_file.this.output_path
  timeout       = var.timeout
  publish       = true
  tags          = { tag = var.tag }
}

resource "aws_lambda_alias" "this" {
  name             = "live"
  function_name    = aws_lambda_function.this.function_name
  function_version = aws_lambda_function.this.version
}
"""


def test_a_function_that_changes_is_published_and_its_alias_follows(
    sandbox: Sandbox, clients: Clients, tmp_path: Path
) -> None:
    root = root_of(PUBLISHED, tmp_path, sandbox)

    def live() -> Any:
        answer = clients("lambda").invoke(FunctionName="published", Qualifier="live")
        return json.loads(answer["Payload"].read())

    root.apply(timeout=10, tag="one")
    assert root.state()["aws_lambda_function.this"]["qualified_arn"].endswith(":published:1")
    assert live() == "1"
    # Tags are no part of a version.
    assert root.plan(timeout=10, tag="two") == {"aws_lambda_function.this": ["update"]}
    changed = {"aws_lambda_alias.this": ["update"], "aws_lambda_function.this": ["update"]}
    assert root.plan(timeout=20, tag="one") == changed
    root.apply(timeout=20, tag="one")
    assert live() == "2"
    assert root.plan(timeout=20, tag="one") == {}
    root.done("destroy", "-auto-approve", "-var=timeout=20", "-var=tag=one")
