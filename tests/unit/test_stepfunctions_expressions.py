"""JSONata as Step Functions evaluates it, and the spelling of its SDK integrations."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from s_infra.sandbox.services.stepfunctions import shapes
from s_infra.sandbox.services.stepfunctions.errors import StateError
from s_infra.sandbox.services.stepfunctions.handlers import matches
from s_infra.sandbox.services.stepfunctions.languages.expressions import evaluate


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("plain {% not %} alone", "plain {% not %} alone"),
        ("{% $states.input.a + $b %}", 5),
        ({"k": ["{% $b %}", 1]}, {"k": [3, 1]}),
        ("{% $hash('x', 'SHA-256') %}", hashlib.sha256(b"x").hexdigest()),
        ("{% $parse('{\"a\": [1]}').a %}", [1]),
        ("{% $partition([1..5], 2) %}", [[1, 2], [3, 4], [5]]),
        ("{% $range(0, 6, 3) %}", [0, 3, 6]),
        ("{% $nothing %}", None),
        ("{% $states.input.list[x > 1].x %}", 2),
        ("{% $length($uuid()) %}", 36),
        ("{% $random(1) = $random(1) %}", True),
    ],
)
def test_evaluates(template: Any, value: Any) -> None:
    states = {"input": {"a": 2, "list": [{"x": 1}, {"x": 2}]}}
    assert evaluate(template, states, {"b": 3, "nothing": None}) == value


@pytest.mark.parametrize(
    "text", ["$states.input.missing", "1 + 'a'", "$unknown(1)", "$parse('{')", "$eval('1')", "function(){1}"]
)
def test_an_expression_without_a_result_is_an_error(text: str) -> None:
    with pytest.raises(StateError) as failed:
        evaluate(f"{{% {text} %}}", {"input": {}}, {})
    assert failed.value.error == "States.QueryEvaluationError"


@pytest.mark.parametrize(
    ("member", "name"),
    [
        ("VolumeSizeInGB", "VolumeSizeInGB"),
        ("DBInstanceIdentifier", "DbInstanceIdentifier"),
        ("SSEKMSKeyId", "SsekmsKeyId"),
        ("ETag", "ETag"),
        ("ACL", "Acl"),
        ("repositoryName", "RepositoryName"),
        ("S3Uri", "S3Uri"),
    ],
)
def test_spells_members_as_the_sdk_of_step_functions(member: str, name: str) -> None:
    assert shapes.sdk_name(member) == name


@pytest.mark.parametrize(
    ("names", "error", "held"),
    [
        (["States.ALL"], "Anything", True),
        (["States.ALL"], "States.Runtime", False),
        (["States.ALL"], "States.DataLimitExceeded", False),
        (["States.Runtime"], "States.Runtime", True),
        (["States.TaskFailed"], "MyError", True),
        (["States.TaskFailed"], "States.Timeout", False),
        (["MyError"], "OtherError", False),
    ],
)
def test_wildcards_hold_as_documented(names: list[str], error: str, held: bool) -> None:
    assert matches(names, error) is held
