"""Checks one state, but for the machines within it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.stepfunctions import integrations
from s_infra.sandbox.services.stepfunctions.definition import handlers, jsonpath, maps
from s_infra.sandbox.services.stepfunctions.definition.fields import (
    COMMON_FIELDS,
    LONGEST_NAME,
    RULE_FIELDS,
    STATE_FIELDS,
)
from s_infra.sandbox.services.stepfunctions.definition.problem import (
    Problem,
    missing,
    schema,
    unknown_fields,
)
from s_infra.sandbox.services.stepfunctions.languages import expressions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RESERVED_VARIABLE = "states"


def problems(
    state: Mapping[str, Any], where: str, states: Mapping[str, Any], language: str
) -> Iterator[Problem]:
    """Give what is wrong with a state; `states` are those that it may lead to, `language` is its own."""
    kind = str(state.get("Type"))
    if kind not in STATE_FIELDS:
        yield schema(f"Value {json.dumps(kind)} is not one of {sorted(STATE_FIELDS)}", f"{where}/Type")
        return
    fields = STATE_FIELDS[kind] if language == "JSONata" else jsonpath.STATE_FIELDS[kind]
    yield from unknown_fields(state, fields | COMMON_FIELDS, where, language)
    if "Next" in fields and ("Next" in state) == (state.get("End") is True):
        yield schema("Either 'Next' or 'End: true' is required", where)
    for field, target, at in transitions(state, where):
        if not isinstance(target, str) or target not in states:
            yield missing(target, at, field)
    if language == "JSONata":
        yield from _details(kind, state, where)
    else:
        yield from jsonpath.problems(kind, state, where)
        yield from _details(kind, jsonpath.as_jsonata(kind, state), where)
    if kind == "Choice" and language == "JSONata":
        yield from _choice(state, where)
    yield from handlers.problems(state, where, language)
    yield from _assigned(state, where)


def transitions(state: Mapping[str, Any], where: str = "") -> Iterator[tuple[str, Any, str]]:
    """Give the field, the state that it leads to, and where it says so."""
    for field in ("Next", "Default"):
        if field in state:
            yield field, state[field], f"{where}/{field}"
    for field in ("Choices", "Catch"):
        entries = state.get(field, [])
        for index, entry in enumerate(entries if isinstance(entries, list) else []):
            if isinstance(entry, dict) and "Next" in entry:
                yield "Next", entry["Next"], f"{where}/{field}[{index}]/Next"
            elif field == "Catch":
                yield "Next", "", f"{where}/{field}[{index}]"


def _details(kind: str, state: Mapping[str, Any], where: str) -> Iterator[Problem]:
    if kind == "Wait":
        yield from _wait(state, where)
    elif kind == "Task":
        yield from _task(state, where)
    elif kind == "Map":
        yield from maps.problems(state, where)
    elif kind == "Parallel":
        branches = state.get("Branches")
        if not isinstance(branches, list) or not branches:
            yield schema("These fields are required: [Branches]", where)


def _choice(state: Mapping[str, Any], where: str) -> Iterator[Problem]:
    rules = state.get("Choices")
    if not isinstance(rules, list) or not rules:
        yield schema("These fields are required: [Choices]", where)
        return
    for index, rule in enumerate(rules):
        at = f"{where}/Choices[{index}]"
        if not isinstance(rule, dict) or not {"Condition", "Next"} <= set(rule):
            yield schema("A rule has 'Condition' and 'Next'", at)
            continue
        yield from unknown_fields(rule, RULE_FIELDS, at)
        if not isinstance(rule["Condition"], bool) and not expressions.is_expression(rule["Condition"]):
            yield schema("'Condition' is a boolean or a JSONata expression", f"{at}/Condition")


def _wait(state: Mapping[str, Any], where: str) -> Iterator[Problem]:
    if ("Seconds" in state) == ("Timestamp" in state):
        yield schema("One of 'Seconds' and 'Timestamp' is required", where)
    elif "Seconds" in state:
        yield from _whole(state, "Seconds", 0, where)


def _task(state: Mapping[str, Any], where: str) -> Iterator[Problem]:
    resource = state.get("Resource")
    if not isinstance(resource, str):
        yield schema("These fields are required: [Resource]", where)
        return
    for code, message in integrations.problems(resource, state.get("Arguments")):
        yield Problem(code, message, f"{where}/Resource")
    for field in ("TimeoutSeconds", "HeartbeatSeconds"):
        yield from _whole(state, field, 1, where)
    beat, seconds = state.get("HeartbeatSeconds"), state.get("TimeoutSeconds")
    if isinstance(beat, int) and isinstance(seconds, int) and beat >= seconds:
        yield schema("'HeartbeatSeconds' is less than 'TimeoutSeconds'", f"{where}/HeartbeatSeconds")


def _whole(state: Mapping[str, Any], field: str, least: int, where: str) -> Iterator[Problem]:
    value = state.get(field, least)
    if expressions.is_expression(value):
        return
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        kind = "a positive integer" if least else "an integer of at least 0"
        yield schema(f"'{field}' is {kind}", f"{where}/{field}")


def _assigned(state: Mapping[str, Any], where: str) -> Iterator[Problem]:
    for at, part in assigning(state, where):
        if not isinstance(part, dict):
            yield schema("'Assign' is an object", at)
            continue
        for key in part:
            name = key.removesuffix(".$")
            if not name.isidentifier() or len(name) > LONGEST_NAME or name == RESERVED_VARIABLE:
                yield schema(f"{json.dumps(name)} is not a variable's name", f"{at}/{name}")


def assigning(state: Mapping[str, Any], where: str) -> Iterator[tuple[str, Any]]:
    """Give each `Assign` of a state and where it is."""
    if "Assign" in state:
        yield f"{where}/Assign", state["Assign"]
    for field in ("Choices", "Catch"):
        entries = state.get(field, [])
        for index, entry in enumerate(entries if isinstance(entries, list) else []):
            if isinstance(entry, dict) and "Assign" in entry:
                yield f"{where}/{field}[{index}]/Assign", entry["Assign"]
