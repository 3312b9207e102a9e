"""What data sources tell of what is there already, and that a secret is told to nobody else."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from provider_support import Root, root_of
from sagemaker_support import CONTAINERS, push

from s_infra.sandbox.supervisor import Sandbox

Clients = Callable[[str], Any]

MACHINE = {"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Succeed"}}}
TRUST = {"Version": "2012-10-17", "Statement": []}
SOURCES = """
data "aws_ecr_repository" "it" {
  name = "found"
}

data "aws_ecr_image" "tagged" {
  repository_name = "found"
  image_tag       = "first"
}

data "aws_ecr_image" "last" {
  repository_name = "found"
  most_recent     = true
}

data "aws_iam_role" "it" {
  name = "found"
}

data "aws_kms_key" "it" {
  key_id = "alias/found"
}

data "aws_kms_alias" "it" {
  name = "alias/found"
}

data "aws_lambda_function" "it" {
  function_name = "found"
}

data "aws_s3_bucket" "it" {
  bucket = "found"
}

data "aws_s3_object" "text" {
  bucket = "found"
  key    = "a/text.json"
}

data "aws_s3_object" "bytes" {
  bucket = "found"
  key    = "a/bytes"
}

data "aws_ssm_parameter" "plain" {
  name = "/found/plain"
}

data "aws_ssm_parameter" "secret" {
  name = "/found/secret"
}

data "aws_sfn_state_machine" "it" {
  name = "found"
}
"""


def _prepared(sandbox: Sandbox, clients: Clients) -> str:
    role = clients("iam").create_role(
        RoleName="found", AssumeRolePolicyDocument=json.dumps(TRUST), Tags=[{"Key": "team", "Value": "ml"}]
    )["Role"]["Arn"]
    clients("ecr").create_repository(repositoryName="found")
    pushed = push(sandbox, CONTAINERS / "quick", "found", "first")
    assert pushed.returncode == 0, pushed.stderr
    key = clients("kms").create_key(Description="found")["KeyMetadata"]["KeyId"]
    clients("kms").create_alias(AliasName="alias/found", TargetKeyId=key)
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("handler.py", "def handle(event, context): return event")
    clients("lambda").create_function(
        FunctionName="found",
        Role=role,
        Runtime="python3.12",
        Handler="handler.handle",
        Code={"ZipFile": code.getvalue()},
        Environment={"Variables": {"ONE": "1"}},
        Tags={"team": "ml"},
    )
    clients("s3").create_bucket(Bucket="found")
    clients("s3").put_object(
        Bucket="found",
        Key="a/text.json",
        Body=b'{"a": 1}',
        ContentType="application/json",
        Metadata={"by": "us"},
    )
    clients("s3").put_object(Bucket="found", Key="a/bytes", Body=b"\0\1")
    clients("ssm").put_parameter(Name="/found/plain", Type="String", Value="seen")
    clients("ssm").put_parameter(Name="/found/secret", Type="SecureString", Value="canary-4712")
    clients("stepfunctions").create_state_machine(name="found", definition=json.dumps(MACHINE), roleArn=role)
    return str(key)


@pytest.fixture(scope="module")
def key(sandbox: Sandbox, clients: Clients) -> str:
    """The id of a key that is there, as one of each kind is, by the name `found`."""
    return _prepared(sandbox, clients)


@pytest.fixture(scope="module")
def root(key: str, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Root:
    root = root_of(SOURCES, tmp_path_factory.mktemp("data"), sandbox)
    root.apply()
    return root


@pytest.fixture(scope="module")
def told(root: Root) -> Mapping[str, Mapping[str, Any]]:
    values = json.loads(root.done("show", "-json"))["values"]["root_module"]["resources"]
    return {item["address"].removeprefix("data."): item["values"] for item in values}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("aws_ecr_repository.it", {"arn": "arn:aws:ecr:us-east-1:000000000000:repository/found"}),
        ("aws_iam_role.it", {"arn": "arn:aws:iam::000000000000:role/found", "tags": {"team": "ml"}}),
        (
            "aws_lambda_function.it",
            {
                "arn": "arn:aws:lambda:us-east-1:000000000000:function:found",
                "environment": [{"variables": {"ONE": "1"}}],
                "handler": "handler.handle",
                "tags": {"team": "ml"},
                "timeout": 3,
            },
        ),
        ("aws_s3_bucket.it", {"arn": "arn:aws:s3:::found", "bucket_region": "us-east-1"}),
        (
            "aws_s3_object.text",
            {
                "body": '{"a": 1}',
                "content_length": 8,
                "metadata": {"by": "us"},
                "content_type": "application/json",
            },
        ),
        ("aws_s3_object.bytes", {"body": None, "content_length": 2}),
        ("aws_ssm_parameter.plain", {"value": "seen", "insecure_value": "seen", "version": 1}),
        ("aws_ssm_parameter.secret", {"value": "canary-4712", "insecure_value": None}),
        (
            "aws_sfn_state_machine.it",
            {"arn": "arn:aws:states:us-east-1:000000000000:stateMachine:found", "status": "ACTIVE"},
        ),
    ],
)
@pytest.mark.parity(
    "terraform:data.aws_ecr_repository",
    "terraform:data.aws_iam_role",
    "terraform:data.aws_lambda_function",
    "terraform:data.aws_s3_bucket",
    "terraform:data.aws_s3_object",
    "terraform:data.aws_sfn_state_machine",
    "terraform:data.aws_ssm_parameter",
)
def test_it_tells_what_is_there(
    told: Mapping[str, Mapping[str, Any]], address: str, expected: Mapping[str, Any]
) -> None:
    assert {name: told[address][name] for name in expected} == expected


@pytest.mark.parity("terraform:data.aws_kms_alias", "terraform:data.aws_kms_key")
def test_a_key_is_found_by_its_alias(told: Mapping[str, Mapping[str, Any]], key: str) -> None:
    assert told["aws_kms_alias.it"]["target_key_id"] == key
    assert told["aws_kms_alias.it"]["target_key_arn"].endswith(f":key/{key}")
    found = told["aws_kms_key.it"]
    assert (found["key_id"], found["id"], found["enabled"]) == ("alias/found", key, True)
    assert found["arn"] == told["aws_kms_alias.it"]["target_key_arn"]


@pytest.mark.parity("terraform:data.aws_ecr_image")
def test_an_image_is_told_by_its_digest(told: Mapping[str, Mapping[str, Any]]) -> None:
    image, repository = told["aws_ecr_image.tagged"], told["aws_ecr_repository.it"]
    assert image["image_uri"] == f"{repository['repository_url']}@{image['image_digest']}"
    assert image["image_tags"] == ["first"]
    assert told["aws_ecr_image.last"]["image_digest"] == image["image_digest"]


def test_a_secret_is_not_shown(root: Root) -> None:
    assert "canary-4712" not in root.done("show", "-no-color")


@pytest.mark.parametrize(
    ("text", "part", "line"),
    [
        ('data "aws_iam_role" "it" {\n  name = "nobody"\n}\n', "there is none\n  which: name = nobody", 1),
        (
            'data "aws_s3_object" "it" {\n  bucket = "found"\n  key = "a/bytes"\n  range = "bytes=0-1"\n}\n',
            "s-infra sandbox: aws_s3_object range isn't carried out",
            4,
        ),
        (
            'data "aws_ecr_image" "it" {\n  repository_name = "found"\n}\n',
            "Invalid combination of arguments",
            1,
        ),
    ],
)
def test_what_it_cannot_tell_is_said_at_its_line(
    key: str, sandbox: Sandbox, tmp_path: Path, text: str, part: str, line: int
) -> None:
    [found] = root_of(text, tmp_path, sandbox).failures("plan", "-input=false")
    assert part in found.summary
    assert found.line == line


WRITE_ONLY = """
variable "secret" {
  type      = string
  ephemeral = true
}

variable "release" {
  type = number
}

resource "aws_ssm_parameter" "this" {
  name             = "/only/written"
  type             = "SecureString"
  value_wo         = var.secret
  value_wo_version = var.release
}
"""


def test_a_write_only_value_is_in_no_plan_and_no_state(
    sandbox: Sandbox, clients: Clients, tmp_path: Path
) -> None:
    root = root_of(WRITE_ONLY, tmp_path, sandbox)
    root.apply(secret="canary-1", release=1)
    assert root.plan(secret="canary-2", release=1) == {}
    assert root.plan(secret="canary-2", release=2) == {"aws_ssm_parameter.this": ["update"]}
    root.done("apply", "-input=false", "-var=secret=canary-2", "plan")
    found = clients("ssm").get_parameter(Name="/only/written", WithDecryption=True)["Parameter"]
    assert (found["Value"], found["Version"]) == ("canary-2", 2)
    for path in tmp_path.glob("terraform.tfstate*"):
        assert "canary" not in path.read_text()
    state = root.state()["aws_ssm_parameter.this"]
    assert (state["value"], state["value_wo"], state["has_value_wo"]) == (None, None, True)
    root.done("destroy", "-auto-approve", "-var=secret=x", "-var=release=2")
