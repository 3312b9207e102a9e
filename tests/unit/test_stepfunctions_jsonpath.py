"""JSONPath: paths, intrinsic functions, Choice rules, and what states do with their data."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from s_infra.sandbox.services.stepfunctions import StepFunctions
from s_infra.sandbox.services.stepfunctions.definition import problems
from s_infra.sandbox.services.stepfunctions.executions import Executions
from s_infra.sandbox.services.stepfunctions.languages import choices, intrinsics, paths
from s_infra.sandbox.services.stepfunctions.machines import Machines

DATA = {"a": [{"x": 1}, {"x": 5}], "b c": {"d": None}, "n": 3, "t": "text", "at": "2024-05-01T12:00:00Z"}
SCOPE = paths.Scope(DATA, {"Execution": {"Name": "e"}}, {"v": {"w": 7}})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", DATA),
        ("$.a[0].x", 1),
        ("$['b c'].d", None),
        ("$.a[*].x", [1, 5]),
        ("$.a[?(@.x > 2)]", [{"x": 5}]),
        ("$..x", [1, 5]),
        ("$.a[-1].x", 5),
        ("$.none[*]", []),
        ("$$.Execution.Name", "e"),
        ("$v", {"w": 7}),
        ("$v.w", 7),
    ],
)
def test_paths_lead_to_values(path: str, value: Any) -> None:
    assert paths.find(path, SCOPE) == value


@pytest.mark.parametrize("path", ["$.none", "$.n.x", "$unknown", "$$.none"])
def test_a_missing_path_is_an_error(path: str) -> None:
    with pytest.raises(paths.PathError):
        paths.find(path, SCOPE)


@pytest.mark.parametrize(
    ("path", "target", "after"),
    [
        ("$", {"a": 1}, 9),
        ("$.b", {"a": 1}, {"a": 1, "b": 9}),
        ("$.b.c", {"b": {"d": 1}}, {"b": {"d": 1, "c": 9}}),
        ("$['b c'].d", {}, {"b c": {"d": 9}}),
        ("$.l[1]", {"l": [1, 2]}, {"l": [1, 9]}),
    ],
)
def test_a_result_is_put_where_its_path_points(path: str, target: Any, after: Any) -> None:
    assert paths.put(path, target, 9) == after


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("States.Format('run {} of {}', $.n, 'it\\'s')", "run 3 of it's"),
        ("States.Array($.n, true, null, 1.5, 'x')", [3, True, None, 1.5, "x"]),
        ("States.Array()", []),
        ("States.ArrayPartition($.a[*].x, 1)", [[1], [5]]),
        ("States.ArrayContains($.a[*].x, 5)", True),
        ("States.ArrayRange(1, 9, 4)", [1, 5, 9]),
        ("States.ArrayGetItem($.a[*].x, 1)", 5),
        ("States.ArrayLength($.a)", 2),
        ("States.ArrayUnique(States.Array(1, 2, 1))", [1, 2]),
        ("States.Base64Decode(States.Base64Encode($.t))", "text"),
        ("States.Hash('x', 'MD5')", "9dd4e461268c8034f5c8564e155c67a6"),
        ("States.JsonMerge($.a[0], States.StringToJson('{\"y\":2}'), false)", {"x": 1, "y": 2}),
        ("States.JsonToString($.a[0])", '{"x":1}'),
        ("States.MathAdd($.n, -1)", 2),
        ("States.StringSplit('1,2-3', ',-')", ["1", "2", "3"]),
    ],
)
def test_intrinsic_functions(text: str, value: Any) -> None:
    assert intrinsics.problem(text) is None
    assert intrinsics.call(text, SCOPE) == value


@pytest.mark.parametrize(
    "text", ["States.None()", "States.Array(1", "States.Array(1,,2)", "States.Array(1) x"]
)
def test_bad_calls_are_found_at_create(text: str) -> None:
    assert intrinsics.problem(text)


@pytest.mark.parametrize(
    ("rule", "held"),
    [
        ({"Variable": "$.n", "NumericEquals": 3}, True),
        ({"Variable": "$.n", "NumericLessThanEqualsPath": "$.a[1].x"}, True),
        ({"Variable": "$.t", "NumericGreaterThan": 1}, False),
        ({"Variable": "$.t", "StringMatches": "t*t"}, True),
        ({"Variable": "$.t", "StringMatches": "t\\*t"}, False),
        ({"Variable": "$.at", "TimestampLessThan": "2024-05-01T13:00:00+00:00"}, True),
        ({"Variable": "$.at", "IsTimestamp": True}, True),
        ({"Variable": "$.none", "IsPresent": False}, True),
        ({"Variable": "$['b c'].d", "IsNull": True}, True),
        (
            {"And": [{"Variable": "$.n", "IsNumeric": True}, {"Not": {"Variable": "$.n", "IsString": True}}]},
            True,
        ),
        ({"Or": [{"Variable": "$.n", "NumericEquals": 1}, {"Variable": "$.t", "IsString": True}]}, True),
    ],
)
def test_rules(rule: dict[str, Any], held: bool) -> None:
    assert list(choices.problems({**rule, "Next": "A"})) == []
    assert choices.holds(rule, SCOPE) is held


def run(states: dict[str, Any], given: Any, **fields: Any) -> dict[str, Any]:
    """Run a machine in this process, without a sandbox."""
    executions = Executions(lambda role: lambda service: None, "us-east-1", lambda execution, event: None)
    service = StepFunctions(Machines("us-east-1", "000000000000"), executions, lambda _: True)

    def ask(operation: str, **request: Any) -> dict[str, Any]:
        return service.answer(operation, json.dumps(request).encode())

    text = json.dumps({"StartAt": next(iter(states)), "States": states, **fields})
    made = ask("CreateStateMachine", name="m", definition=text, roleArn="arn:aws:iam::000000000000:role/r")
    started = ask("StartExecution", stateMachineArn=made["stateMachineArn"], input=json.dumps(given))
    deadline = time.monotonic() + 5
    while (found := ask("DescribeExecution", executionArn=started["executionArn"]))["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return found


def output(states: dict[str, Any], given: Any, **fields: Any) -> Any:
    found = run(states, given, **fields)
    assert found["status"] == "SUCCEEDED", (found["error"], found["cause"])
    return json.loads(found["output"])


def test_a_pass_picks_makes_and_places() -> None:
    state = {
        "Type": "Pass",
        "InputPath": "$.in",
        "Parameters": {"n.$": "$.n", "name.$": "$$.State.Name", "f.$": "States.MathAdd($.n, 1)", "k": ["c"]},
        "ResultPath": "$.out.made",
        "OutputPath": "$.out",
        "End": True,
    }
    made = {"n": 2, "name": "P", "f": 3, "k": ["c"]}
    assert output({"P": state}, {"in": {"n": 2}, "out": {"old": 1}}) == {"old": 1, "made": made}
    assert output({"P": {"Type": "Pass", "Result": [1], "ResultPath": None, "End": True}}, {"a": 1}) == {
        "a": 1
    }


def test_a_map_and_a_parallel_in_jsonpath() -> None:
    inner = {"Type": "Pass", "Parameters": {"v.$": "$.v", "i.$": "$$.Map.Item.Index"}, "End": True}
    mapped = {
        "Type": "Map",
        "ItemsPath": "$.list",
        "ItemSelector": {"v.$": "$$.Map.Item.Value", "all.$": "$.list"},
        "ItemProcessor": {"StartAt": "I", "States": {"I": inner}},
        "ResultSelector": {"first.$": "$[0].v", "all.$": "$[*].i"},
        "ResultPath": "$.mapped",
        "Next": "Both",
    }
    branch = {"StartAt": "B", "States": {"B": {"Type": "Pass", "InputPath": "$.mapped.all", "End": True}}}
    both = {"Type": "Parallel", "Branches": [branch], "ResultPath": "$.both", "End": True}
    assert output({"M": mapped, "Both": both}, {"list": ["a", "b"]}) == {
        "list": ["a", "b"],
        "mapped": {"first": "a", "all": [0, 1]},
        "both": [[0, 1]],
    }


def test_variables_and_states_in_jsonata_within() -> None:
    states = {
        "A": {"Type": "Pass", "Assign": {"v.$": "$.n", "k": 1}, "Next": "B"},
        "B": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": {"n": "{% $v + $k %}"}, "Next": "C"},
        "C": {"Type": "Choice", "Choices": [{"Variable": "$v", "NumericEquals": 4, "Next": "D"}]},
        "D": {"Type": "Succeed", "OutputPath": "$.n"},
    }
    assert output(states, {"n": 4}) == 5
    assert run(states, {"n": 5})["error"] == "States.NoChoiceMatched"


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ({"Type": "Pass", "InputPath": "$.none"}, "States.Runtime"),
        ({"Type": "Pass", "Parameters": {"x.$": "$.none"}}, "States.ParameterPathFailure"),
        ({"Type": "Pass", "Parameters": {"x.$": "States.MathAdd($.t, 1)"}}, "States.IntrinsicFailure"),
        ({"Type": "Pass", "ResultPath": "$.t.x"}, "States.ResultPathMatchFailure"),
        ({"Type": "Wait", "SecondsPath": "$.t"}, "States.Runtime"),
    ],
)
def test_what_is_missing_fails(state: dict[str, Any], error: str) -> None:
    found = run({"S": {**state, "End": True}}, {"t": "text"})
    assert (found["status"], found["error"]) == ("FAILED", error)


def test_a_fail_state_takes_its_words_from_paths() -> None:
    state = {"Type": "Fail", "ErrorPath": "$.e", "CausePath": "States.Format('since {}', $.c)"}
    found = run({"F": state}, {"e": "Mine", "c": 1})
    assert (found["error"], found["cause"]) == ("Mine", "since 1")


@pytest.mark.parametrize(
    ("states", "told"),
    [
        (
            {"A": {"Type": "Pass", "Output": 1, "End": True}},
            "'Output' is not supported when QueryLanguage is",
        ),
        (
            {"A": {"Type": "Pass", "InputPath": "x", "End": True}},
            "A path begins with $ at /States/A/InputPath",
        ),
        ({"A": {"Type": "Pass", "Parameters": {"x.$": "x"}, "End": True}}, "'x.$' must be a valid JSONPath"),
        (
            {"A": {"Type": "Pass", "Parameters": {"x.$": "States.No()"}, "End": True}},
            "There is no intrinsic function States.No",
        ),
        ({"A": {"Type": "Choice", "Choices": [{"Variable": "$.x", "Next": "A"}]}}, "exactly one comparison"),
        ({"A": {"Type": "Choice", "Choices": []}}, "[Choices]"),
        (
            {
                "A": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::aws-sdk:s3:putObject",
                    "Parameters": {"Bucket.$": "$.b"},
                    "End": True,
                }
            },
            "missing: ['Key']",
        ),
        (
            {"A": {"Type": "Map", "Iterator": {}, "End": True}},
            "states:CreateStateMachine Map.Iterator isn't carried out",
        ),
    ],
)
def test_says_at_create_what_is_wrong(states: dict[str, Any], told: str) -> None:
    found = problems(json.dumps({"StartAt": "A", "States": states}))
    assert any(told in str(problem) for problem in found), found
