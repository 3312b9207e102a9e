"""Definitions with any one part replaced or left out: told what is wrong, never a crash."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from s_infra.sandbox.services.stepfunctions.definition import problems

ODD: list[Any] = [None, [], {}, 1, "x", True, [None], "{% 1 + %}", "States.No("]
READER = {
    "Resource": "arn:aws:states:::s3:getObject",
    "Arguments": {"Bucket": "b", "Key": "k"},
    "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a"]},
}
CHOICE = {"Type": "Choice", "Choices": [{"Condition": "{% true %}", "Next": "E", "Assign": {"a": 1}}]}
BRANCH = {
    "StartAt": "W",
    "States": {
        "W": {"Type": "Wait", "Seconds": 1, "Next": "C"},
        "C": {**CHOICE, "Default": "E"},
        "E": {"Type": "Succeed"},
    },
}
PARALLEL = {
    "Type": "Parallel",
    "Branches": [BRANCH],
    "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1, "IntervalSeconds": 1}],
    "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "F"}],
    "End": True,
}
PROCESSOR = {
    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
    "StartAt": "P",
    "States": {"P": PARALLEL, "F": {"Type": "Fail", "Error": "E"}},
}
MAP = {
    "Type": "Map",
    "Label": "L",
    "MaxConcurrency": 1,
    "ItemReader": READER,
    "ItemBatcher": {"MaxItemsPerBatch": 1, "BatchInput": {}},
    "ResultWriter": {
        "Resource": "arn:aws:states:::s3:putObject",
        "Arguments": {"Bucket": "b"},
        "WriterConfig": {"Transformation": "NONE"},
    },
    "ItemProcessor": PROCESSOR,
    "End": True,
}
IN_JSONATA = {"QueryLanguage": "JSONata", "StartAt": "M", "TimeoutSeconds": 5, "States": {"M": MAP}}
RULE = {
    "And": [{"Variable": "$.a", "IsPresent": True}, {"Not": {"Variable": "$.b", "StringEqualsPath": "$.c"}}]
}
TASK = {
    "Type": "Task",
    "Resource": "arn:aws:states:::aws-sdk:s3:putObject",
    "Parameters": {"Bucket": "b", "Key.$": "States.Format('{}', $.a)"},
    "ResultSelector": {"x.$": "$.y"},
    "ResultPath": "$.r",
    "TimeoutSecondsPath": "$.t",
    "Catch": [{"ErrorEquals": ["X"], "ResultPath": "$.e", "Next": "C"}],
    "Next": "C",
}
IN_JSONPATH = {
    "StartAt": "A",
    "States": {
        "A": TASK,
        "C": {"Type": "Choice", "Choices": [{**RULE, "Next": "M"}], "Default": "M"},
        "M": {
            "Type": "Map",
            "ItemsPath": "$.l",
            "ItemSelector": {"v.$": "$$.Map.Item.Value"},
            "MaxConcurrencyPath": "$.m",
            "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": 1, "End": True}}},
            "End": True,
        },
    },
}


def parts(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in inner:
        yield (*path, key)
        yield from parts(value, (*path, key))


@pytest.mark.parametrize("definition", [IN_JSONATA, IN_JSONPATH], ids=["jsonata", "jsonpath"])
def test_a_mangled_definition_never_crashes(definition: dict[str, Any]) -> None:
    assert problems(json.dumps(definition)) == []
    for path in parts(definition):
        for odd in [*ODD, ...]:
            mangled = copy.deepcopy(definition)
            within: Any = mangled
            for key in path[:-1]:
                within = within[key]
            if odd is ...:
                del within[path[-1]]
            else:
                within[path[-1]] = odd
            for problem in problems(json.dumps(mangled)):
                assert problem.location.startswith("/"), problem
