"""Checks Retry and Catch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.stepfunctions.definition import jsonpath
from s_infra.sandbox.services.stepfunctions.definition.fields import CATCH_FIELDS, RETRY_FIELDS
from s_infra.sandbox.services.stepfunctions.definition.problem import Problem, schema, unknown_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

MOST_ATTEMPTS = 99_999_999
LONGEST_DELAY_S = 31_622_400


def problems(state: Mapping[str, Any], where: str, language: str) -> Iterator[Problem]:
    """Give what is wrong with a state's Retry and Catch."""
    catch = CATCH_FIELDS if language == "JSONata" else jsonpath.CATCH_FIELDS
    for field, allowed in (("Retry", RETRY_FIELDS), ("Catch", catch)):
        entries = state.get(field, [])
        if not isinstance(entries, list):
            yield schema(f"'{field}' is a list", f"{where}/{field}")
            continue
        for index, entry in enumerate(entries):
            last = index == len(entries) - 1
            yield from _handler(entry, allowed, f"{where}/{field}[{index}]", language, last=last)


def _handler(entry: Any, allowed: set[str], at: str, language: str, *, last: bool) -> Iterator[Problem]:
    if not isinstance(entry, dict) or not _names(entry.get("ErrorEquals")):
        yield schema("'ErrorEquals' is a list of at least one error name", at)
        return
    yield from unknown_fields(entry, allowed, at, language)
    if "States.ALL" in entry["ErrorEquals"] and (len(entry["ErrorEquals"]) > 1 or not last):
        yield schema("'States.ALL' stands alone, in the last entry", f"{at}/ErrorEquals")
    rules: Mapping[str, Callable[[Any], bool]] = {
        "IntervalSeconds": lambda value: _whole(value) and value >= 1,
        "MaxAttempts": lambda value: _whole(value) and 0 <= value <= MOST_ATTEMPTS,
        "BackoffRate": lambda value: isinstance(value, int | float) and value >= 1,
        "MaxDelaySeconds": lambda value: (
            _whole(value) and entry.get("IntervalSeconds", 1) < value < LONGEST_DELAY_S
        ),
        "JitterStrategy": lambda value: value in ("FULL", "NONE"),
    }
    for field, holds in rules.items():
        if field in entry and not holds(entry[field]):
            yield schema(f"{json.dumps(entry[field])} is not a value of '{field}'", f"{at}/{field}")


def _names(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(name, str) for name in value)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
