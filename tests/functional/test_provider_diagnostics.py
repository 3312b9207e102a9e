"""What a user reads when a configuration, a file or AWS says no."""

from __future__ import annotations

from pathlib import Path

import pytest
from provider_support import Failure, Root, root_of

from s_infra.sandbox.supervisor import Sandbox

MISTAKES = """
resource "aws_sqs_queue" "unknown_argument" {
  name  = "q"
  speed = 3
}

resource "aws_sqs_queue" "unknown_block" {
  name = "q"

  lens {
  }
}

resource "aws_iam_role" "missing_argument" {
  name = "r"
}

resource "aws_kinesis_stream" "not_served" {
  name = "t"
}

resource "aws_sqs_queue" "wrong_type" {
  name                       = "q"
  visibility_timeout_seconds = "soon"
}

data "aws_instance" "not_served" {
}
"""

REFUSALS = """
resource "aws_s3_bucket" "not_carried" {
  bucket = "b"
  acl    = "private"
}

resource "aws_lambda_function" "not_carried_block" {
  function_name = "f"
  role          = "arn:aws:iam::000000000000:role/x"
  filename      = "f.zip"

  vpc_config {
    subnet_ids         = ["subnet-1"]
    security_group_ids = ["sg-1"]
  }
}

resource "aws_lambda_function" "no_code" {
  function_name = "f"
  role          = "arn:aws:iam::000000000000:role/x"
}

resource "aws_s3_bucket_versioning" "wrong_word" {
  bucket = "b"

  versioning_configuration {
    status = "On"
  }
}

resource "aws_lambda_event_source_mapping" "out_of_range" {
  function_name    = "f"
  event_source_arn = "arn:aws:sqs:us-east-1:000000000000:q"
  batch_size       = 0
}

resource "aws_sfn_state_machine" "no_json" {
  name       = "m"
  role_arn   = "arn:aws:iam::000000000000:role/x"
  definition = "{"
}

data "archive_file" "not_carried" {
  type        = "tar.gz"
  source_file = "main.tf"
  output_path = "x.tar.gz"
}

data "aws_iam_policy_document" "wrong_word" {
  statement {
    effect  = "Permit"
    actions = ["s3:GetObject"]
  }
}
"""

REFUSED = "s-infra sandbox: {} isn't carried out"


@pytest.fixture(scope="module")
def mistakes(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> list[Failure]:
    return root_of(MISTAKES, tmp_path_factory.mktemp("mistakes"), sandbox).failures("validate")


@pytest.fixture(scope="module")
def refusals(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> dict[str | None, Failure]:
    root = root_of(REFUSALS, tmp_path_factory.mktemp("refusals"), sandbox)
    return {failure.address: failure for failure in root.failures("validate")}


@pytest.mark.parametrize(
    ("summary", "part", "line"),
    [
        ("Unsupported argument", '"speed" is not expected', 4),
        ("Unsupported block type", '"lens" are not expected', 10),
        ("Missing required argument", '"assume_role_policy" is required', 14),
        ("Invalid resource type", "aws_kinesis_stream", 18),
        ("Incorrect attribute value type", "a number is required", 24),
        ("Invalid data source", "aws_instance", 27),
    ],
)
def test_a_mistake_is_told_at_its_line(mistakes: list[Failure], summary: str, part: str, line: int) -> None:
    [found] = [failure for failure in mistakes if failure.summary == summary]
    assert part in found.detail
    assert found.line == line


def test_a_provider_argument_is_refused_by_name(sandbox: Sandbox, tmp_path: Path) -> None:
    text = 'provider "aws" {\n  assume_role {\n    role_arn = "x"\n  }\n}\n\ndata "aws_region" "this" {}\n'
    [found] = root_of(text, tmp_path, sandbox).failures("validate")
    assert found.summary == REFUSED.format("provider argument assume_role")


@pytest.mark.parametrize(
    ("address", "summary", "line"),
    [
        ("aws_s3_bucket.not_carried", REFUSED.format("aws_s3_bucket acl"), 4),
        (
            "aws_lambda_function.not_carried_block",
            REFUSED.format("aws_lambda_function vpc_config"),
            14,
        ),
        ("aws_lambda_function.no_code", "Invalid combination of arguments", 18),
        (
            "aws_s3_bucket_versioning.wrong_word",
            'expected versioning_configuration.status to be one of ["Enabled", "Suspended"], got On',
            27,
        ),
        ("aws_lambda_event_source_mapping.out_of_range", "expected batch_size to be at least (1), got 0", 34),
        ("aws_sfn_state_machine.no_json", '"definition" contains an invalid JSON', 40),
        ("data.archive_file.not_carried", REFUSED.format("archive_file type tar.gz"), 44),
        (
            "data.aws_iam_policy_document.wrong_word",
            'expected effect to be one of ["Allow", "Deny"], got Permit',
            51,
        ),
    ],
)
def test_a_refusal_names_the_argument_at_its_line(
    refusals: dict[str | None, Failure], address: str, summary: str, line: int
) -> None:
    assert refusals[address].summary == summary
    assert refusals[address].line == line


def test_an_aws_error_names_the_operation_at_the_resource(sandbox: Sandbox, tmp_path: Path) -> None:
    text = 'resource "aws_iam_role_policy" "this" {\n  name = "p"\n  role = "nobody"\n  policy = "{}"\n}\n'
    [found] = root_of(text, tmp_path, sandbox).failures("apply", "-auto-approve", "-input=false")
    assert found.summary.startswith("creating aws_iam_role_policy (p): iam:PutRolePolicy: ")
    assert "NoSuchEntity" in found.summary
    assert (found.address, found.line) == ("aws_iam_role_policy.this", 1)


def test_a_policy_that_is_none_is_told_where_it_is_used(sandbox: Sandbox, tmp_path: Path) -> None:
    text = 'resource "aws_iam_policy" "this" {\n  name = "p"\n  policy = %s\n}\n'
    root = root_of(text % '"{"', tmp_path, sandbox)
    [broken] = root.failures("validate")
    assert (broken.summary, broken.line) == ('"policy" contains an invalid JSON', 3)
    (tmp_path / "main.tf").write_text(text % 'jsonencode({ Statement = [{ Effect = "Perhaps" }] })')
    [found] = root.failures("apply", "-auto-approve", "-input=false")
    assert found.summary.startswith("creating aws_iam_policy (p): iam:CreatePolicy: ")
    assert "MalformedPolicyDocument" in found.summary
    assert (found.address, found.line) == ("aws_iam_policy.this", 1)


@pytest.fixture
def half_done(sandbox: Sandbox, tmp_path: Path) -> Root:
    """A root of which one resource can be made and the other can't, for want of its file."""
    text = """
resource "aws_s3_bucket" "this" {
  bucket        = "half-done"
  force_destroy = true
}

resource "aws_s3_object" "this" {
  bucket = aws_s3_bucket.this.id
  key    = "it"
  source = "it.txt"
}
"""
    return root_of(text, tmp_path / "root", sandbox)


def test_a_missing_file_is_named_where_it_was_looked_for(half_done: Root) -> None:
    [found] = half_done.failures("apply", "-auto-approve", "-input=false")
    assert "source can't be read: No such file" in found.summary
    assert str(half_done.directory / "it.txt") in found.summary
    assert (found.address, found.line) == ("aws_s3_object.this", 7)
    half_done.destroy()


def test_a_functions_missing_file_is_named_at_its_line(sandbox: Sandbox, tmp_path: Path) -> None:
    text = """
resource "aws_lambda_function" "this" {
  function_name = "unbuilt"
  role          = "arn:aws:iam::000000000000:role/x"
  runtime       = "python3.13"
  handler       = "handler.handle"
  filename      = "built/function.zip"
}
"""
    root = root_of(text, tmp_path, sandbox)
    [found] = root.failures("apply", "-auto-approve", "-input=false")
    assert "filename can't be read: No such file" in found.summary
    assert str(tmp_path / "built/function.zip") in found.summary
    assert (found.address, found.line) == ("aws_lambda_function.this", 2)
    assert "aws_lambda_function.this" in root.plan()


def test_a_second_apply_completes_what_the_first_could_not(half_done: Root) -> None:
    half_done.failures("apply", "-auto-approve", "-input=false")
    assert set(half_done.state()) == {"aws_s3_bucket.this"}
    (half_done.directory / "it.txt").write_text("here")
    assert half_done.plan() == {"aws_s3_object.this": ["create"]}
    half_done.apply()
    assert half_done.plan() == {}
    half_done.destroy()


def test_two_resources_of_one_name_are_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    role = 'resource "aws_iam_role" "{}" {{\n  name = "twice"\n  assume_role_policy = jsonencode({{}})\n}}\n'
    root = root_of(role.format("one") + role.format("two"), tmp_path, sandbox)
    [found] = root.failures("apply", "-auto-approve", "-input=false")
    assert "iam:CreateRole" in found.summary
    assert "EntityAlreadyExists" in found.summary
    lines = {"aws_iam_role.one": 1, "aws_iam_role.two": 5}
    assert found.line == lines[str(found.address)]
    root.destroy()


def test_what_the_sandbox_refuses_reaches_the_user(sandbox: Sandbox, tmp_path: Path) -> None:
    text = """
resource "aws_sfn_state_machine" "this" {
  name       = "dangling"
  role_arn   = "arn:aws:iam::000000000000:role/x"
  definition = jsonencode({ QueryLanguage = "JSONata", StartAt = "Nowhere", States = {} })
}
"""
    [found] = root_of(text, tmp_path, sandbox).failures("apply", "-auto-approve", "-input=false")
    assert "states:CreateStateMachine" in found.summary or "stepfunctions:CreateStateMachine" in found.summary
    assert "InvalidDefinition" in found.summary


LATE = """
resource "terraform_data" "key" {
  input = "arn:aws:kms:us-east-1:000000000000:key/late"
}

resource "aws_glue_crawler" "this" {
  name                   = "late"
  role                   = "late"
  database_name          = "late"
  security_configuration = terraform_data.key.output

  s3_target {
    path = "s3://late"
  }
}
"""


def test_what_is_known_late_is_refused_late(sandbox: Sandbox, tmp_path: Path) -> None:
    [found] = root_of(LATE, tmp_path, sandbox).failures("apply", "-auto-approve")
    assert found.summary == REFUSED.format("aws_glue_crawler security_configuration")
    assert found.address == "aws_glue_crawler.this"
