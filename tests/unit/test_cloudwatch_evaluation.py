"""An alarm's verdict on its datapoints: the tables of CloudWatch's user guide on missing data, and more."""

from __future__ import annotations

from typing import Any

import pytest

from s_infra.sandbox.services.cloudwatch.evaluation import Datapoint, Rule, samples_needed, verdict

STAYS = None
MODES = ("missing", "ignore", "breaching", "notBreaching")


def rule(needed: int, periods: int = 3, **more: Any) -> Rule:
    return Rule("GreaterThanThreshold", 1.0, periods, needed, **more)


def points(row: str, samples: float | None = None) -> list[Datapoint]:
    """Read the guide's notation, oldest first: 0 within, X beyond the threshold, - missing."""
    values = {"0": 0.0, "X": 2.0, "-": None}
    told = [Datapoint(60 * number, values[one], samples) for number, one in enumerate(row.replace(" ", ""))]
    return told[::-1]


def state(row: str, needed: int, mode: str, periods: int = 3) -> str | None:
    found = verdict(rule(needed, periods, missing=mode), points(row))
    return found.state if found else STAYS


@pytest.mark.parametrize(
    ("row", "needed", "states"),
    [
        ("0 - X - X", 3, ("OK", "OK", "OK", "OK")),
        ("0 - - - -", 3, ("OK", "OK", "OK", "OK")),
        ("- - - - -", 3, ("INSUFFICIENT_DATA", STAYS, "ALARM", "OK")),
        ("0 X X - X", 3, ("ALARM", "ALARM", "ALARM", "ALARM")),
        ("- - X - -", 3, ("ALARM", STAYS, "ALARM", "OK")),
        ("0 - X - X", 2, ("ALARM", "ALARM", "ALARM", "ALARM")),
        ("0 0 X 0 X", 2, ("ALARM", "ALARM", "ALARM", "ALARM")),
        ("0 - X - -", 2, ("OK", "OK", "ALARM", "OK")),
        ("- - - - 0", 2, ("OK", "OK", "ALARM", "OK")),
        ("- - - X -", 2, ("ALARM", STAYS, "ALARM", "OK")),
    ],
)
def test_missing_data_as_the_guide_says(row: str, needed: int, states: tuple[str | None, ...]) -> None:
    assert tuple(state(row, needed, mode) for mode in MODES) == states


@pytest.mark.parametrize("row", ["- - - - X", "- - - X -"])
def test_a_first_breach_is_no_alarm_before_it_is_old_enough(row: str) -> None:
    assert state(row, 3, "missing") is STAYS


def test_m_of_n_counts_the_newest_n() -> None:
    assert state("X X 0 0 0", 2, "missing") == "OK"
    assert state("0 0 X 0 X", 2, "missing") == "ALARM"


def test_the_reason_names_the_datapoints_newest_first() -> None:
    found = verdict(rule(2), points("0 X X"))
    assert found is not None
    assert found.reason == (
        "Threshold Crossed: 2 out of the last 3 datapoints [2.0 (01/01/70 00:02:00), 2.0 (01/01/70 "
        "00:01:00)] were greater than the threshold (1.0) (minimum 2 datapoints for OK -> ALARM transition)."
    )
    calm = verdict(rule(1, 1), points("0"))
    assert calm is not None
    assert calm.reason == (
        "Threshold Crossed: 1 out of the last 1 datapoints [0.0 (01/01/70 00:00:00)] was not greater than "
        "the threshold (1.0) (minimum 1 datapoint for ALARM -> OK transition)."
    )


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("missing", "Insufficient Data: 1 datapoint was unknown."),
        (
            "notBreaching",
            "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated "
            "as [NonBreaching].",
        ),
    ],
)
def test_the_reason_when_nothing_came(mode: str, reason: str) -> None:
    found = verdict(rule(1, 1, missing=mode), points("- - -"))
    assert found is not None
    assert found.reason == reason


@pytest.mark.parametrize(
    ("comparison", "value", "breaching"),
    [
        ("GreaterThanOrEqualToThreshold", 1.0, True),
        ("GreaterThanThreshold", 1.0, False),
        ("LessThanThreshold", 1.0, False),
        ("LessThanOrEqualToThreshold", 1.0, True),
    ],
)
def test_each_comparison_at_the_threshold(comparison: str, value: float, breaching: bool) -> None:
    assert Rule(comparison, 1.0, 1, 1).breaching(value) is breaching


def test_a_percentile_of_few_samples_changes_nothing_when_it_is_ignored() -> None:
    few, enough = points("X", 50), points("X", 100)
    judged = rule(1, 1, fewest=samples_needed("p90"))
    assert samples_needed("p90") == pytest.approx(100)
    assert verdict(judged, few) is STAYS
    found = verdict(rule(1, 1, fewest=99.0), enough)
    assert found is not None
    assert found.state == "ALARM"
