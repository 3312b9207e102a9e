"""Metric math: what alarms' expressions come to, and what is refused by name."""

from __future__ import annotations

import pytest

from s_infra.sandbox.services.cloudwatch.errors import CloudWatchError
from s_infra.sandbox.services.cloudwatch.expressions import Grid, Scope, Value, evaluated, parsed

A = {0: 1.0, 60: 2.0, 180: 4.0}
B = {0: 2.0, 60: 0.0, 120: 5.0}
KNOWN = {"a": A, "b": B}
GRID = Grid(0, 60, 4)


def value(text: str) -> Value:
    metrics = {name: (lambda series=series: series) for name, series in KNOWN.items()}
    return evaluated(parsed(text), Scope(KNOWN.__getitem__, metrics, GRID))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a * 100", {0: 100.0, 60: 200.0, 180: 400.0}),
        ("a + b", {0: 3.0, 60: 2.0}),
        ("a / b", {0: 0.5}),
        ("2 + a ^ 2 * 3", {0: 5.0, 60: 14.0, 180: 50.0}),
        ("-a", {0: -1.0, 60: -2.0, 180: -4.0}),
        ("a > 1 AND a < 4", {0: 0.0, 60: 1.0, 180: 0.0}),
        ("a > 1 && b == 0 || a == 1", {0: 1.0, 60: 1.0}),
        ("IF(a > 1, a, 0)", {0: 0.0, 60: 2.0, 180: 4.0}),
        ("IF(a > 1, a)", {60: 2.0, 180: 4.0}),
        ("FILL(a, 0)", {0: 1.0, 60: 2.0, 120: 0.0, 180: 4.0}),
        ("FILL(a, REPEAT)", {0: 1.0, 60: 2.0, 120: 2.0, 180: 4.0}),
        ("FILL(a, LINEAR)", {0: 1.0, 60: 2.0, 120: 3.0, 180: 4.0}),
        ("FILL(a, b)", {0: 1.0, 60: 2.0, 120: 5.0, 180: 4.0}),
        ("SUM(METRICS())", {0: 3.0, 60: 2.0, 120: 5.0, 180: 4.0}),
        ('MAX(METRICS("a"))', A),
        ("MIN([a, b])", {0: 1.0, 60: 0.0, 120: 5.0, 180: 4.0}),
        ("AVG([a, b])", {0: 1.5, 60: 1.0, 120: 5.0, 180: 4.0}),
        ("DIFF(a)", {60: 1.0, 180: 2.0}),
        ("RATE(a)", {60: 1 / 60, 180: 2 / 120}),
        ("a / PERIOD(a)", {0: 1 / 60, 60: 2 / 60, 180: 4 / 60}),
        ("CEIL(a / 3)", {0: 1.0, 60: 1.0, 180: 2.0}),
        ("TIME_SERIES(7)", dict.fromkeys((0, 60, 120, 180), 7.0)),
    ],
)
def test_an_expression_comes_to_a_series(text: str, expected: dict[int, float]) -> None:
    found = value(text)
    assert isinstance(found, dict)
    assert found == pytest.approx(expected)


@pytest.mark.parametrize(("text", "expected"), [("SUM(a)", 7.0), ("MAX(a)", 4.0), ("AVG(b)", 7 / 3)])
def test_an_aggregate_of_one_series_is_a_number(text: str, expected: float) -> None:
    assert value(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ANOMALY_DETECTION_BAND(a, 2)", "ANOMALY_DETECTION_BAND()"),
        ("SEARCH('{AWS/Lambda} Errors', 'Sum')", "SEARCH()"),
        ("SELECT AVG(x) FROM y", "SELECT"),
        ("REMOVE_EMPTY(METRICS())", "REMOVE_EMPTY()"),
    ],
)
def test_the_rest_is_refused_by_name(text: str, name: str) -> None:
    with pytest.raises(CloudWatchError, match="isn't carried out") as caught:
        value(text)
    assert name in caught.value.message
    assert caught.value.status == 501


@pytest.mark.parametrize(
    "text",
    [
        "a +",
        "a; b",
        "__import__('os')",
        "a.real",
        "lambda: 1",
        "a b",
        "(a",
        "IF(a)",
        "a + 'x'",
        "{a}",
        "SUM()",
    ],
)
def test_what_is_no_expression_is_an_error(text: str) -> None:
    with pytest.raises(CloudWatchError):
        value(text)
