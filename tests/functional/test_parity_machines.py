"""State machines as the catalog writes them, on the sandbox or on AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cloud_support import Cloud, code
from machine_support import branch

RAISING = """
class TooSmallError(Exception):
    pass


def handler(event, context):
    if event["n"] < 2:
        raise TooSmallError("n is too small")
    return {"n": event["n"] * 10}
"""


def jsonata(states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states, **fields}


def run(cloud: Cloud, machine: str, given: Any = None) -> dict[str, Any]:
    states = cloud.client("stepfunctions")
    started = states.start_execution(stateMachineArn=machine, input=json.dumps(given or {}))
    return cloud.ended(started["executionArn"])


def types(cloud: Cloud, execution: str) -> list[str]:
    pages = cloud.client("stepfunctions").get_paginator("get_execution_history")
    return [one["type"] for page in pages.paginate(executionArn=execution) for one in page["events"]]


def on_objects(bucket: str) -> dict[str, Any]:
    actions = ["s3:PutObject", "s3:GetObject", "s3:ListBucket"]
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    return {"Effect": "Allow", "Action": actions, "Resource": resources}


@pytest.mark.parity(
    "state:*", "states:StartExecution", "states:DescribeExecution", "states:GetExecutionHistory"
)
def test_states_pass_data_variables_and_choices_on(cloud: Cloud) -> None:
    mapped = {
        "Type": "Map",
        "Items": "{% $states.input.list %}",
        "ItemSelector": {"v": "{% $states.context.Map.Item.Value %}", "k": "{% $k %}"},
        "ItemProcessor": branch(
            {"Each": {"Type": "Pass", "Output": "{% $states.input.v * $k %}", "End": True}}
        ),
        "MaxConcurrency": 1,
        "Next": "Both",
    }
    both = {
        "Type": "Parallel",
        "Branches": [
            branch({"One": {"Type": "Pass", "Output": "{% $sum($states.input) %}", "End": True}}),
            branch({"Two": {"Type": "Wait", "Seconds": 1, "Output": "waited", "End": True}}),
        ],
        "Assign": {"k": "{% $k + 1 %}"},
        "Next": "Choose",
    }
    choose = {
        "Type": "Choice",
        "Choices": [{"Condition": "{% $states.input[0] = 60 %}", "Next": "Done"}],
        "Default": "Wrong",
    }
    states = {
        "Set": {"Type": "Pass", "Assign": {"k": 10}, "Next": "Each item"},
        "Each item": mapped,
        "Both": both,
        "Choose": choose,
        "Wrong": {"Type": "Fail", "Error": "Wrong"},
        "Done": {"Type": "Succeed", "Output": ["{% $k %}", "{% $states.input %}"]},
    }
    found = run(cloud, cloud.machine(jsonata(states)), {"list": [1, 2, 3]})
    assert found["status"] == "SUCCEEDED", found
    assert json.loads(found["output"]) == [11, [60, "waited"]]
    kinds = types(cloud, found["executionArn"])
    iteration = ["MapIterationStarted", "PassStateEntered", "PassStateExited", "MapIterationSucceeded"]
    assert kinds[:5] == [
        *("ExecutionStarted", "PassStateEntered", "PassStateExited", "MapStateEntered", "MapStateStarted"),
    ]
    assert kinds[5:17] == iteration * 3
    assert kinds[17:21] == [
        *("MapStateSucceeded", "MapStateExited", "ParallelStateEntered", "ParallelStateStarted"),
    ]
    assert kinds[-7:] == [
        *("ParallelStateSucceeded", "ParallelStateExited", "ChoiceStateEntered", "ChoiceStateExited"),
        *("SucceedStateEntered", "SucceedStateExited", "ExecutionSucceeded"),
    ]


@pytest.mark.parity("task:lambda:invoke", "task:aws-sdk:s3:*", "states:RedriveExecution")
def test_errors_have_their_names_and_a_redrive_goes_on(cloud: Cloud) -> None:
    bucket, function = cloud.bucket(), cloud.function(RAISING)
    arn = cloud.client("lambda").get_function(FunctionName=function)["Configuration"]["FunctionArn"]
    caught = {"ErrorEquals": ["TooSmallError"], "Assign": {"why": "{% $states.errorOutput %}"}, "Next": "Get"}
    states = {
        "Call": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Arguments": {"FunctionName": arn, "Payload": {"n": "{% $states.input.n %}"}},
            "Catch": [caught],
            "End": True,
        },
        "Get": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:s3:getObject",
            "Arguments": {"Bucket": bucket, "Key": "late"},
            "Output": [
                "{% $why.Error %}",
                "{% $parse($why.Cause).errorMessage %}",
                "{% $states.result.Body %}",
            ],
            "End": True,
        },
    }
    invoking = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": [arn, f"{arn}:*"]}
    machine = cloud.machine(jsonata(states), invoking, on_objects(bucket))
    assert json.loads(run(cloud, machine, {"n": 2})["output"])["Payload"] == {"n": 20}
    failed = run(cloud, machine, {"n": 1})
    assert (failed["status"], failed["error"]) == ("FAILED", "S3.NoSuchKeyException")
    assert failed["redriveStatus"] == "REDRIVABLE"
    cloud.client("s3").put_object(Bucket=bucket, Key="late", Body=b"there")
    cloud.client("stepfunctions").redrive_execution(executionArn=failed["executionArn"])
    found = cloud.ended(failed["executionArn"])
    assert json.loads(found["output"]) == ["TooSmallError", "n is too small", "there"]
    assert types(cloud, failed["executionArn"]).count("ExecutionRedriven") == 1


def test_a_failed_branch_stops_the_other_one(cloud: Cloud) -> None:
    wait = {"Type": "Wait", "Seconds": 50, "End": True}
    fail = {
        "P": {"Type": "Wait", "Seconds": 1, "Next": "F"},
        "F": {"Type": "Fail", "Error": "Mine", "Cause": "c"},
    }
    both = {"Type": "Parallel", "Branches": [branch({"W": wait}), branch(fail)], "End": True}
    found = run(cloud, cloud.machine(jsonata({"Both": both})))
    assert (found["status"], found["error"], found["cause"]) == ("FAILED", "Mine", "c")
    kinds = types(cloud, found["executionArn"])
    assert {"WaitStateAborted", "ParallelStateFailed"} <= set(kinds)
    assert kinds[-1] == "ExecutionFailed"


@pytest.mark.parity("states:StopExecution")
def test_one_name_and_input_are_one_execution(cloud: Cloud) -> None:
    states, name = cloud.client("stepfunctions"), cloud.name()
    machine = cloud.machine(jsonata({"W": {"Type": "Wait", "Seconds": 50, "End": True}}))
    given = {"stateMachineArn": machine, "name": name}
    first = states.start_execution(**given, input='{"a": 1}')
    assert states.start_execution(**given, input='{"a": 1}')["executionArn"] == first["executionArn"]
    assert code(states.start_execution, **given, input='{"a": 2}') == "ExecutionAlreadyExists"
    states.stop_execution(executionArn=first["executionArn"], error="Mine", cause="enough")
    found = cloud.ended(first["executionArn"])
    assert (found["status"], found["error"], found["cause"]) == ("ABORTED", "Mine", "enough")
    assert code(states.start_execution, **given, input='{"a": 1}') == "ExecutionAlreadyExists"


@pytest.mark.parity(
    "states:PublishStateMachineVersion", "states:CreateStateMachineAlias",
    "states:DeleteStateMachineVersion",
)  # fmt: skip
def test_versions_and_aliases_run_what_they_name(cloud: Cloud) -> None:
    states = cloud.client("stepfunctions")
    machine = cloud.machine(jsonata({"P": {"Type": "Pass", "Output": "one", "End": True}}))
    version = states.publish_state_machine_version(stateMachineArn=machine)["stateMachineVersionArn"]
    route = [{"stateMachineVersionArn": version, "weight": 100}]
    alias = states.create_state_machine_alias(name="live", routingConfiguration=route)["stateMachineAliasArn"]
    cloud.later(states.delete_state_machine_alias, stateMachineAliasArn=alias)
    second = json.dumps(jsonata({"P": {"Type": "Pass", "Output": "two", "End": True}}))
    states.update_state_machine(stateMachineArn=machine, definition=second)

    def says_two() -> bool:
        return bool(json.loads(run(cloud, machine)["output"]) == "two")

    # On AWS an update takes a moment to reach all executions.
    cloud.until(says_two)
    assert json.loads(run(cloud, alias)["output"]) == json.loads(run(cloud, version)["output"]) == "one"
    assert code(states.delete_state_machine_version, stateMachineVersionArn=version) == "ConflictException"


@pytest.mark.parametrize(
    ("definition", "told"),
    [
        ({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}, {"MISSING_TRANSITION_TARGET"}),
        (
            {"StartAt": "A", "States": {n: {"Type": "Pass", "End": True} for n in "AB"}},
            {"MISSING_TRANSITION_TARGET"},
        ),
        ({"StartAt": "A", "States": {"A": {"Type": "Pass"}}}, {"SCHEMA_VALIDATION_FAILED"}),
    ],
)
@pytest.mark.parity("states:ValidateStateMachineDefinition")
def test_bad_definitions_are_found(cloud: Cloud, definition: dict[str, Any], told: set[str]) -> None:
    states = cloud.client("stepfunctions")
    text = json.dumps({"QueryLanguage": "JSONata", **definition})
    found = states.validate_state_machine_definition(definition=text)
    assert found["result"] == "FAIL"
    assert {one["code"] for one in found["diagnostics"] if one["severity"] == "ERROR"} == told
    role = cloud.role("states")
    refused = {"name": cloud.name(), "definition": text, "roleArn": role}
    assert code(states.create_state_machine, **refused) == "InvalidDefinition"
