from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from s_infra.runs.following import Outcome, Stage, stages

START = datetime(2026, 11, 21, tzinfo=UTC)


def entered(name: str, second: float) -> dict[str, Any]:
    return {"timestamp": START + timedelta(seconds=second), "stateEnteredEventDetails": {"name": name}}


def exited(name: str, second: float) -> dict[str, Any]:
    return {"timestamp": START + timedelta(seconds=second), "stateExitedEventDetails": {"name": name}}


def test_a_state_takes_from_its_entry_to_its_exit() -> None:
    history = [entered("A", 0), {"timestamp": START}, exited("A", 1.5), entered("B", 1.5)]
    assert stages(history) == (Stage("A", 1.5), Stage("B", None))


def test_a_state_that_is_entered_twice_is_two_stages() -> None:
    history = [entered("A", 0), exited("A", 1), entered("A", 2), exited("A", 5)]
    assert stages(history) == (Stage("A", 1.0), Stage("A", 3.0))


def test_the_state_that_was_never_left_is_the_failed_one() -> None:
    history = (Stage("A", 1.0), Stage("B", None))
    assert Outcome("arn", "FAILED", history).failed_state == "B"
    assert Outcome("arn", "RUNNING", history).failed_state is None
    assert Outcome("arn", "SUCCEEDED", (Stage("A", 1.0),)).failed_state is None
