"""The states that call nothing: Pass, Succeed, Fail, Choice, Wait."""

from __future__ import annotations

import dataclasses
import json
import math
import time
from datetime import datetime
from typing import TYPE_CHECKING

from s_infra.sandbox.services.stepfunctions.errors import NO_CHOICE_MATCHED, StateError

if TYPE_CHECKING:
    from s_infra.sandbox.services.stepfunctions.languages.language import Step
    from s_infra.sandbox.services.stepfunctions.visit import Visit

LONGEST_WAIT_S = 99_999_999


def go_on(visit: Visit) -> Step:
    """Pass what is given on."""
    return visit.language.passed(visit)


def succeed(visit: Visit) -> Step:
    """End well."""
    return visit.language.onward(visit, visit.state)


def fail(visit: Visit) -> Step:
    """End with the error that the state names."""
    told = {field: visit.language.field(visit, field, "") for field in ("Error", "Cause")}
    for field, value in told.items():
        if not isinstance(value, str):
            raise StateError(
                visit.language.mistyped, f"The field '{field}' is a string, not {json.dumps(value)}"
            )
    raise StateError(told["Error"], told["Cause"])


def choose(visit: Visit) -> Step:
    """Go where the first rule that holds leads."""
    for rule in visit.state["Choices"]:
        if visit.language.holds(visit, rule):
            return visit.language.onward(visit, rule)
    if "Default" not in visit.state:
        raise StateError(NO_CHOICE_MATCHED, f"No rule of the state '{visit.place.state}' holds")
    return dataclasses.replace(visit.language.onward(visit, visit.state), next=visit.state["Default"])


def wait(visit: Visit) -> Step:
    """Wait for so many seconds, or until a time."""
    seconds = visit.language.field(visit, "Seconds")
    if seconds is not None:
        if not isinstance(seconds, int) or not 0 <= seconds <= LONGEST_WAIT_S:
            raise StateError(
                visit.language.mistyped,
                f"'Seconds' is a whole number of at most {LONGEST_WAIT_S}, not {json.dumps(seconds)}",
            )
    else:
        seconds = _until(visit) - time.time()
    visit.control.wait(max(0.0, seconds))
    return visit.language.onward(visit, visit.state)


def _until(visit: Visit) -> float:
    text = visit.language.field(visit, "Timestamp")
    try:
        # As AWS documents it: milliseconds are cut off.
        return math.floor(datetime.fromisoformat(text).timestamp())
    except (TypeError, ValueError) as error:
        cause = f"'Timestamp' is a date, not {json.dumps(text)}"
        raise StateError(visit.language.mistyped, cause) from error
