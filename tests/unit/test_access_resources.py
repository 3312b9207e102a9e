"""What calls need of IAM: actions, resources, passed roles, as the service authorization reference says."""

from __future__ import annotations

from typing import Any

import pytest

from s_infra.sandbox.access import grants, resources
from s_infra.sandbox.access.policies import unknown_condition

WHERE = {"region": "eu-west-1", "account": "1" * 12}
ROLE = "arn:aws:iam::111111111111:role/r"
EVENTS = "arn:aws:events:eu-west-1:111111111111:"
SAGEMAKER = "arn:aws:sagemaker:eu-west-1:111111111111:"


@pytest.mark.parametrize(
    ("service", "operation", "given", "expected"),
    [
        ("sagemaker", "CreateTrainingJob", {"TrainingJobName": "t"}, [SAGEMAKER + "training-job/t"]),
        (
            "sagemaker",
            "CreateHyperParameterTuningJob",
            {"HyperParameterTuningJobName": "h"},
            [SAGEMAKER + "hyper-parameter-tuning-job/h"],
        ),
        (
            "sagemaker",
            "ListTrainingJobsForHyperParameterTuningJob",
            {"HyperParameterTuningJobName": "h"},
            [SAGEMAKER + "hyper-parameter-tuning-job/h"],
        ),
        ("sagemaker", "ListTrainingJobs", {}, ["*"]),
        (
            "sagemaker",
            "CreateEndpoint",
            {"EndpointName": "e", "EndpointConfigName": "c"},
            [SAGEMAKER + "endpoint-config/c", SAGEMAKER + "endpoint/e"],
        ),
        ("sagemaker", "InvokeEndpoint", {"EndpointName": "e"}, [SAGEMAKER + "endpoint/e"]),
        ("sagemaker", "CreateNotebookInstance", {"NotebookInstanceName": "n"}, []),
        ("sqs", "SendMessageBatch", {"QueueUrl": "http://x/1/q"}, ["arn:aws:sqs:eu-west-1:111111111111:q"]),
        ("lambda", "Invoke", {"FunctionName": "f"}, ["arn:aws:lambda:eu-west-1:111111111111:function:f"]),
        (
            "lambda",
            "Invoke",
            {"FunctionName": "arn:aws:lambda:a:1:function:f"},
            ["arn:aws:lambda:a:1:function:f"],
        ),
        ("sns", "Publish", {"TopicArn": "arn:aws:sns:a:1:t"}, ["arn:aws:sns:a:1:t"]),
        ("sns", "Publish", {}, ["*"]),
        ("monitoring", "PutMetricData", {"Namespace": "n"}, ["*"]),
        ("iam", "CreateRole", {"RoleName": "r"}, []),
        ("dynamodb", "GetItem", {"TableName": "t"}, ["arn:aws:dynamodb:eu-west-1:111111111111:table/t"]),
        ("events", "PutEvents", {"Entries": [{}]}, [EVENTS + "event-bus/default"]),
        (
            "events",
            "PutEvents",
            {"Entries": [{"EventBusName": "own"}, {"EventBusName": EVENTS + "event-bus/own"}, {}]},
            [EVENTS + "event-bus/default", EVENTS + "event-bus/own"],
        ),
        ("events", "PutRule", {"Name": "r"}, [EVENTS + "rule/r"]),
        ("events", "PutRule", {"Name": "r", "EventBusName": "own"}, [EVENTS + "rule/own/r"]),
    ],
)
def test_a_call_is_authorized_on_its_resource(
    service: str, operation: str, given: dict[str, Any], expected: list[str]
) -> None:
    assert resources.resources(service, operation, given, WHERE) == expected


def test_actions_have_iam_s_names() -> None:
    assert resources.action("lambda", "Invoke") == "lambda:InvokeFunction"
    assert resources.action("sqs", "SendMessageBatch") == "sqs:SendMessage"
    assert resources.action("monitoring", "PutMetricData") == "cloudwatch:PutMetricData"
    assert resources.action("glue", "StartJobRun") == "glue:StartJobRun"


def test_a_role_is_passed_to_the_service_that_will_act_in_it() -> None:
    nested = {"TrainingJobDefinition": {"RoleArn": ROLE}}
    found = resources.passed_role("sagemaker", "CreateHyperParameterTuningJob", nested)
    assert found == (ROLE, "sagemaker.amazonaws.com")
    assert resources.passed_role("sagemaker", "CreateModel", {"ModelName": "m"}) is None
    assert resources.passed_role("s3", "PutObject", {"RoleArn": ROLE}) is None


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('{"StringEquals": {"aws:SourceAccount": "1"}, "Bool": {"aws:SecureTransport": "false"}}', None),
        ('{"ForAnyValue:StringLike": {"s3:prefix": "a/*"}}', None),
        ('{"StringEqualsIfExists": {"iam:PassedToService": "x"}}', None),
        ('{"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}', "Condition IpAddress aws:SourceIp"),
        ('{"StringEquals": {"aws:PrincipalOrgID": "o-1"}}', "Condition StringEquals aws:PrincipalOrgID"),
    ],
)
def test_a_condition_that_cannot_be_decided_is_named(condition: str, expected: str | None) -> None:
    statement = f'{{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {condition}}}'
    assert unknown_condition(f'{{"Statement": {statement}}}') == expected
    assert unknown_condition(f'{{"Statement": [{statement}]}}') == expected


class Roles:
    """Stands for IAM, with one role of one policy of its own."""

    def get_paginator(self, _: str) -> Roles:
        return self

    def paginate(self) -> list[dict[str, Any]]:
        return [{"Roles": [{"RoleName": "r"}]}]

    def list_role_policies(self, **_: str) -> dict[str, Any]:
        return {"PolicyNames": ["own"]}

    def list_attached_role_policies(self, **_: str) -> dict[str, Any]:
        return {"AttachedPolicies": []}

    def get_role_policy(self, **_: str) -> dict[str, Any]:
        allowed = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:Put*", "sns:Publish"], "Resource": "*"}
        denied = {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"}
        return {"PolicyDocument": {"Statement": [allowed, denied]}}


def test_grants_that_no_call_needed_are_told() -> None:
    principal = "arn:aws:sts::1:assumed-role/r/session"
    calls = [
        {"principal": principal, "actions": ["s3:GetObject"]},
        {"principal": principal, "actions": ["s3:PutObject"]},
        {"principal": "arn:aws:sts::1:assumed-role/other/session", "actions": ["sns:Publish"]},
    ]
    assert grants.unused(Roles(), calls) == [("r", "sns:Publish")]
