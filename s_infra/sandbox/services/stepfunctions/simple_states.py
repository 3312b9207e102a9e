"""The states that call nothing: Pass, Succeed, Fail, Choice, Wait."""

from __future__ import annotations

import dataclasses
import json
import time
from datetime import datetime
from typing import Any

from s_infra.sandbox.services.stepfunctions.errors import NO_CHOICE_MATCHED, QUERY_EVALUATION, StateError
from s_infra.sandbox.services.stepfunctions.visit import Step, Visit, step

LONGEST_WAIT_S = 99_999_999


def go_on(visit: Visit) -> Step:
    """Pass and Succeed: the output, by default the input."""
    return step(visit, visit.state, visit.place.input)


def fail(visit: Visit) -> Step:
    """End with the error that the state names."""
    told = {field: visit.evaluate(visit.state.get(field, "")) for field in ("Error", "Cause")}
    for field, value in told.items():
        if not isinstance(value, str):
            raise StateError(QUERY_EVALUATION, f"The field '{field}' is a string, not {json.dumps(value)}")
    raise StateError(told["Error"], told["Cause"])


def choose(visit: Visit) -> Step:
    """Go where the first rule that holds leads."""
    for rule in visit.state["Choices"]:
        condition = visit.evaluate(rule["Condition"])
        if not isinstance(condition, bool):
            cause = f"The condition {rule['Condition']} gave {json.dumps(condition)}, which is not a boolean"
            raise StateError(QUERY_EVALUATION, cause)
        if condition:
            return step(visit, rule, visit.place.input)
    if "Default" not in visit.state:
        raise StateError(NO_CHOICE_MATCHED, f"No rule of the state '{visit.place.state}' holds")
    return dataclasses.replace(step(visit, visit.state, visit.place.input), next=visit.state["Default"])


def wait(visit: Visit) -> Step:
    """Wait for so many seconds, or until a time."""
    if "Seconds" in visit.state:
        seconds = visit.evaluate(visit.state["Seconds"])
        if not isinstance(seconds, int) or not 0 <= seconds <= LONGEST_WAIT_S:
            raise StateError(
                QUERY_EVALUATION,
                f"'Seconds' is a whole number of at most {LONGEST_WAIT_S}, not {json.dumps(seconds)}",
            )
    else:
        seconds = _until(visit.evaluate(visit.state["Timestamp"])) - time.time()
    visit.control.wait(max(0.0, seconds))
    return step(visit, visit.state, visit.place.input)


def _until(text: Any) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except (TypeError, ValueError) as error:
        raise StateError(QUERY_EVALUATION, f"'Timestamp' is a date, not {json.dumps(text)}") from error
