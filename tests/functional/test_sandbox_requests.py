"""Requests that break their service's model are refused in AWS's words, and nothing comes of them."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from s_infra.sandbox import environment
from s_infra.sandbox.supervisor import Sandbox

FAILED = "failed to satisfy constraint: "
JOB = {"Name": "job", "Role": "any", "Command": {"Name": "pythonshell", "PythonVersion": "3.9"}}
MACHINE = {"name": "m", "roleArn": "arn:aws:iam::000000000000:role/any", "definition": "{}"}


@pytest.fixture(scope="module")
def unchecked(sandbox: Sandbox) -> Iterator[dict[str, Any]]:
    """Clients that send what they are given."""
    made = {
        name: boto3.client(
            name,
            endpoint_url=sandbox.endpoint,
            region_name=sandbox.region,
            aws_access_key_id=environment.ACCESS_KEY_ID,
            aws_secret_access_key=environment.SECRET_ACCESS_KEY,
            config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
        )
        for name in ("sagemaker", "glue", "stepfunctions")
    }
    yield made
    for client in made.values():
        client.close()


CASES = [
    ("sagemaker", "DescribeModel", {}, f"Value null at 'modelName' {FAILED}Member must not be null"),
    (
        "sagemaker",
        "DescribeModel",
        {"ModelName": "under_score"},
        f"Value 'under_score' at 'modelName' {FAILED}Member must satisfy regular expression pattern: "
        "[a-zA-Z0-9]([\\-a-zA-Z0-9]*[a-zA-Z0-9])?",
    ),
    (
        "sagemaker",
        "ListModels",
        {"SortOrder": "Sideways"},
        f"Value 'Sideways' at 'sortOrder' {FAILED}Member must satisfy enum value set: "
        "[Ascending, Descending]",
    ),
    (
        "sagemaker",
        "ListModels",
        {"MaxResults": 0},
        f"Value '0' at 'maxResults' {FAILED}Member must have value greater than or equal to 1",
    ),
    (
        "glue",
        "CreateJob",
        {**JOB, "Name": "n" * 256},
        f"Value '{'n' * 200}' at 'name' {FAILED}Member must have length less than or equal to 255",
    ),
    (
        "glue",
        "CreateJob",
        {**JOB, "ExecutionClass": "SLOW"},
        f"Value 'SLOW' at 'executionClass' {FAILED}Member must satisfy enum value set: [FLEX, STANDARD]",
    ),
    (
        "stepfunctions",
        "CreateStateMachine",
        {key: value for key, value in MACHINE.items() if key != "roleArn"},
        f"Value null at 'roleArn' {FAILED}Member must not be null",
    ),
    (
        "stepfunctions",
        "CreateStateMachine",
        {**MACHINE, "type": "SLOW"},
        f"Value 'SLOW' at 'type' {FAILED}Member must satisfy enum value set: [STANDARD, EXPRESS]",
    ),
]


@pytest.mark.parametrize(("service", "operation", "request_", "told"), CASES)
def test_a_broken_constraint_is_told_as_aws_tells_it(
    unchecked: dict[str, Any], service: str, operation: str, request_: dict[str, Any], told: str
) -> None:
    with pytest.raises(ClientError) as refused:
        unchecked[service]._make_api_call(operation, request_)
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == (
        "ValidationException",
        f"1 validation error detected: {told}",
    )


def test_several_are_told_together(unchecked: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match=r": 2 validation errors detected: .*; Value ") as refused:
        unchecked["sagemaker"].list_models(SortOrder="Sideways", MaxResults=0)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_glue_tells_what_is_missing_in_its_own_words(unchecked: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match=re.escape("(InvalidInputException)")) as refused:
        unchecked["glue"].create_job(Name="job", Command=JOB["Command"])
    assert refused.value.response["Error"]["Message"] == "Role should not be null or empty."


@pytest.mark.parametrize(
    ("target", "field"),
    [
        ("SageMaker.ListModels", "sortby"),
        ("AWSGlue.ListJobs", "Prefix"),
        ("AWSStepFunctions.ListStateMachines", "maxresults"),
    ],
)
def test_a_field_that_the_model_lacks_is_named(sandbox: Sandbox, target: str, field: str) -> None:

    request = urllib.request.Request(
        sandbox.endpoint,
        json.dumps({field: "x"}).encode(),
        {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"},
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    with refused.value as answer:
        assert answer.code == 400
        assert (
            f"Value at '{field[:1].lower()}{field[1:]}' {FAILED}Member is unknown" in answer.read().decode()
        )
