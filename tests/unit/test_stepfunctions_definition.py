"""What is said of a definition when it is created."""

from __future__ import annotations

import json
from typing import Any

import pytest

from s_infra.sandbox.services.stepfunctions.definition import problems

PASS: dict[str, Any] = {"Type": "Pass", "End": True}
PUT = "arn:aws:states:::aws-sdk:s3:putObject"


def machine(states: dict[str, Any], **fields: Any) -> str:
    return json.dumps({"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states, **fields})


def task(**fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": PUT, "Arguments": {"Bucket": "b", "Key": "k"}, "End": True, **fields}


def branch(**states: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states), "A"), "States": states}


def mapping(processor: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return {"Type": "Map", "ItemProcessor": processor or branch(P=PASS), "End": True, **fields}


def distributed(**fields: Any) -> dict[str, Any]:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    return mapping({**branch(P=PASS), "ProcessorConfig": config}, **fields)


def test_a_sound_machine_has_no_problems() -> None:
    states = {
        "Choose": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% true %}", "Next": "Put"}],
            "Default": "Wait",
        },
        "Put": task(
            Retry=[{"ErrorEquals": ["States.ALL"], "MaxDelaySeconds": 5, "JitterStrategy": "FULL"}],
            Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Stop"}],
            TimeoutSeconds="{% 5 %}",
        ),
        "Wait": {"Type": "Wait", "Seconds": 1, "Next": "Put"},
        "Stop": {"Type": "Fail", "Error": "E"},
    }
    assert problems(machine(states, TimeoutSeconds=60)) == []


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("{", "INVALID_JSON_DESCRIPTION", "not a valid JSON"),
        (machine({"A": PASS}, StartAt="B"), "MISSING_TRANSITION_TARGET", "'StartAt' target: B at /StartAt"),
        (machine({"A": {"Type": "Pass", "Next": "B"}}), "MISSING_TRANSITION_TARGET", "B at /States/A/Next"),
        (machine({"A": PASS, "B": PASS}), "MISSING_TRANSITION_TARGET", 'State "B" is not reachable'),
        (machine({"A": {"Type": "Pass"}}), "SCHEMA_VALIDATION_FAILED", "'Next' or 'End: true'"),
        (
            machine({"A": {"Type": "Pass", "Next": "A"}}),
            "SCHEMA_VALIDATION_FAILED",
            "No state ends the machine",
        ),
        (
            machine({"A": {**PASS, "Typ": 1}}),
            "SCHEMA_VALIDATION_FAILED",
            "'Typ' is not supported at /States/A/Typ",
        ),
        (machine({"A": {"Type": "Task ", "End": True}}), "SCHEMA_VALIDATION_FAILED", "not one of"),
        (
            machine({"A": {**PASS, "ResultPath": "$.x"}}),
            "SCHEMA_VALIDATION_FAILED",
            "QueryLanguage is JSONata",
        ),
        (machine({"A": {**PASS, "Output": "{% 1 + %}"}}), "INVALID_JSONATA_EXPRESSION", "/States/A/Output"),
        (machine({"A": {**PASS, "Output": "{% 1"}}), "INVALID_JSONATA_EXPRESSION", "ends with %}"),
        (machine({"A": task(Arguments={"Bucket": "b"})}), "SCHEMA_VALIDATION_FAILED", "missing: ['Key']"),
        (
            machine({"A": task(Arguments={"Bucket": "b", "Key": "k", "Kez": 1})}),
            "SCHEMA_VALIDATION_FAILED",
            '"Kez" is not supported',
        ),
        (machine({"A": task(Retry=[{"ErrorEquals": []}])}), "SCHEMA_VALIDATION_FAILED", "/States/A/Retry[0]"),
        (
            machine({"A": task(Retry=[{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["E"]}])}),
            "SCHEMA_VALIDATION_FAILED",
            "stands alone",
        ),
        (
            machine({"A": task(Retry=[{"ErrorEquals": ["E"], "BackoffRate": 0.5}])}),
            "SCHEMA_VALIDATION_FAILED",
            "0.5 is not a value of 'BackoffRate'",
        ),
        (
            machine(
                {
                    "A": {
                        "Type": "Parallel",
                        "Branches": [branch(B={"Type": "Pass", "Next": "A"})],
                        "End": True,
                    }
                }
            ),
            "MISSING_TRANSITION_TARGET",
            "A at /States/A/Branches[0]/States/B/Next",
        ),
        (machine({"A": {"Type": "Parallel", "End": True}}), "SCHEMA_VALIDATION_FAILED", "[Branches]"),
        (machine({"A": {"Type": "Map", "End": True}}), "SCHEMA_VALIDATION_FAILED", "[ItemProcessor]"),
        (
            machine({"A": mapping(branch(B=PASS, C=PASS))}),
            "MISSING_TRANSITION_TARGET",
            '"C" is not reachable. at /States/A/ItemProcessor/States/C',
        ),
        (
            machine({"A": mapping(branch(A=PASS))}),
            "DUPLICATE_STATE_NAME",
            "A at /States/A/ItemProcessor/States/A",
        ),
        (
            machine({"A": mapping(branch(B={**PASS, "Assign": {"x": 1}}), Assign={"x": 2})}),
            "SCHEMA_VALIDATION_FAILED",
            "The variable 'x' is one of an outer scope",
        ),
        (machine({"A": {**PASS, "Assign": {"states": 1}}}), "SCHEMA_VALIDATION_FAILED", "variable's name"),
        (
            machine({"A": mapping(ToleratedFailureCount=1)}),
            "SCHEMA_VALIDATION_FAILED",
            "'ToleratedFailureCount' is not supported when Mode is INLINE",
        ),
        (machine({"A": mapping(ItemsPath="$")}), "SCHEMA_VALIDATION_FAILED", "QueryLanguage is JSONata"),
        (machine({"A": mapping(MaxConcurrency=-1)}), "SCHEMA_VALIDATION_FAILED", "'MaxConcurrency'"),
        (
            machine({"A": distributed(ItemBatcher={"BatchInput": {}})}),
            "SCHEMA_VALIDATION_FAILED",
            "'MaxItemsPerBatch' or 'MaxInputBytesPerBatch' is required",
        ),
        (
            machine({"A": distributed(ResultWriter={})}),
            "SCHEMA_VALIDATION_FAILED",
            "'Resource' with 'Arguments', or 'WriterConfig'",
        ),
        (
            machine(
                {
                    "A": distributed(
                        ItemReader={
                            "Resource": "arn:aws:states:::s3:getObject",
                            "ReaderConfig": {"InputType": "CSV"},
                        }
                    )
                }
            ),
            "SCHEMA_VALIDATION_FAILED",
            "'CSVHeaderLocation' is FIRST_ROW or GIVEN",
        ),
        (
            machine({"A": task(HeartbeatSeconds=5, TimeoutSeconds=5)}),
            "SCHEMA_VALIDATION_FAILED",
            "less than 'TimeoutSeconds'",
        ),
        (
            machine({"A": task(Resource="arn:aws:states:::aws-sdk:s3:putObjekt")}),
            "SCHEMA_VALIDATION_FAILED",
            "is not recognized. The value is not a valid resource ARN",
        ),
        (machine({"A": PASS}, TimeoutSeconds=0), "SCHEMA_VALIDATION_FAILED", "'TimeoutSeconds' is"),
        (machine({"A": task(TimeoutSeconds=0)}), "SCHEMA_VALIDATION_FAILED", "positive integer"),
    ],
)
def test_says_what_is_wrong_and_where(text: str, code: str, told: str) -> None:
    assert any(problem.code == code and told in str(problem) for problem in problems(text)), problems(text)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (machine({"A": task(Credentials={})}), "Credentials"),
        (
            machine({"A": distributed(ItemReader={"Resource": "arn:aws:states:::s3:headObject"})}),
            "ItemReader.Resource arn:aws:states:::s3:headObject",
        ),
        (machine({"A": task(Resource=PUT + ".waitForTaskToken")}), f"Resource {PUT}.waitForTaskToken"),
        (
            machine({"A": task(Resource="arn:aws:states:::batch:submitJob.sync")}),
            "Resource arn:aws:states:::batch:submitJob.sync",
        ),
        (
            machine({"A": task(Resource="arn:aws:states:::sagemaker:createModel.sync")}),
            "Resource arn:aws:states:::sagemaker:createModel.sync",
        ),
        (
            machine({"A": task(Resource="arn:aws:states:us-east-1:000000000000:activity:a")}),
            "Resource arn:aws:states:us-east-1:000000000000:activity:a",
        ),
    ],
)
def test_refuses_by_name_what_is_not_carried_out(text: str, what: str) -> None:
    message = f"s-infra sandbox: states:CreateStateMachine {what} isn't carried out"
    assert [problem.message for problem in problems(text) if problem.code == "NOT_CARRIED_OUT"] == [message]
