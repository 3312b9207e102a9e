"""Checks a machine's definition when it is created, so that a mistake never waits for its execution."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.stepfunctions import expressions, integrations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

LARGEST_DEFINITION_BYTES = 1024 * 1024
MACHINE_FIELDS = {"Comment", "QueryLanguage", "StartAt", "States", "TimeoutSeconds", "Version"}
COMMON_FIELDS = {"Type", "Comment", "QueryLanguage"}
FLOW_FIELDS = {"Output", "Assign", "Next", "End"}
STATE_FIELDS: Mapping[str, set[str]] = {
    "Task": FLOW_FIELDS | {"Resource", "Arguments", "Retry", "Catch", "TimeoutSeconds"},
    "Pass": FLOW_FIELDS,
    "Wait": FLOW_FIELDS | {"Seconds", "Timestamp"},
    "Choice": {"Choices", "Default", "Output", "Assign"},
    "Succeed": {"Output"},
    "Fail": {"Error", "Cause"},
}
# AWS has them; no machine of the catalog does.
NOT_CARRIED_OUT_STATES = ("Map", "Parallel")
NOT_CARRIED_OUT_FIELDS = ("Credentials", "HeartbeatSeconds")
JSONPATH_FIELDS = {
    *("InputPath", "OutputPath", "Parameters", "Result", "ResultPath", "ResultSelector"),
    *("SecondsPath", "TimestampPath", "ErrorPath", "CausePath"),
}
RULE_FIELDS = {"Condition", "Next", "Output", "Assign", "Comment"}
RETRY_FIELDS = {
    "ErrorEquals",
    "IntervalSeconds",
    "MaxAttempts",
    "BackoffRate",
    "MaxDelaySeconds",
    "JitterStrategy",
}
CATCH_FIELDS = {"ErrorEquals", "Next", "Output", "Assign", "Comment"}
LONGEST_NAME = 80


@dataclass(frozen=True)
class Problem:
    """One mistake: AWS's code for it, what is wrong, and where in the document."""

    code: str
    message: str
    location: str

    def __str__(self) -> str:
        return f"{self.code}: {self.message} at {self.location}"


def problems(text: str) -> list[Problem]:
    """Return what is wrong with a definition, given as JSON; an empty list when it can run."""
    if len(text.encode()) > LARGEST_DEFINITION_BYTES:
        return [Problem("INVALID_DEFINITION", "The definition is larger than 1 MiB", "/")]
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        return [Problem("INVALID_JSON_DESCRIPTION", f"Definition is not a valid JSON document: {error}", "/")]
    if not isinstance(document, dict):
        return [Problem("INVALID_JSON_DESCRIPTION", "Definition is not a JSON object", "/")]
    return list(_machine(document))


def _schema(message: str, location: str) -> Problem:
    return Problem("SCHEMA_VALIDATION_FAILED", message, location)


def refused(what: str, location: str) -> Problem:
    """Return the problem of something that AWS does and the sandbox doesn't."""
    return Problem(
        "NOT_CARRIED_OUT", f"s-infra sandbox: states:CreateStateMachine {what} isn't carried out", location
    )


def _machine(document: Mapping[str, Any]) -> Iterator[Problem]:
    for field in sorted(set(document) - MACHINE_FIELDS):
        yield _schema(f"Field '{field}' is not supported", f"/{field}")
    language = document.get("QueryLanguage", "JSONPath")
    if language != "JSONata":
        yield refused(f"QueryLanguage {language}", "/QueryLanguage")
        return
    states = document.get("States")
    if not isinstance(states, dict) or not states:
        yield _schema("These fields are required: [States]", "/")
        return
    if not isinstance(document.get("StartAt"), str) or document["StartAt"] not in states:
        yield Problem(
            "MISSING_TRANSITION_TARGET", f"Missing 'StartAt' target: {document.get('StartAt')}", "/StartAt"
        )
    for name, state in states.items():
        where = f"/States/{name}"
        if len(name) > LONGEST_NAME:
            yield _schema(f"A state's name has at most {LONGEST_NAME} characters", where)
        if not isinstance(state, dict):
            yield _schema("A state is an object", where)
            return
        yield from _state(state, where, states)
        yield from _expressions(state, where)
    yield from _reachability(document.get("StartAt"), states)


def _state(state: Mapping[str, Any], where: str, states: Mapping[str, Any]) -> Iterator[Problem]:
    kind = str(state.get("Type"))
    if kind in NOT_CARRIED_OUT_STATES:
        yield refused(f"Type {kind}", where)
        return
    if kind not in STATE_FIELDS:
        yield _schema(f"Value {json.dumps(kind)} is not one of {sorted(STATE_FIELDS)}", f"{where}/Type")
        return
    if state.get("QueryLanguage", "JSONata") != "JSONata":
        yield _schema("A machine in JSONata has no JSONPath state", f"{where}/QueryLanguage")
    for field in sorted(set(state) - STATE_FIELDS[kind] - COMMON_FIELDS):
        if field in NOT_CARRIED_OUT_FIELDS:
            yield refused(field, f"{where}/{field}")
        elif field in JSONPATH_FIELDS:
            yield _schema(
                f"The field '{field}' is not supported when QueryLanguage is JSONata", f"{where}/{field}"
            )
        else:
            yield _schema(f"Field '{field}' is not supported", f"{where}/{field}")
    if "Next" in STATE_FIELDS[kind] and ("Next" in state) == (state.get("End") is True):
        yield _schema("Either 'Next' or 'End: true' is required", where)
    for target, at in transitions(state, where):
        if not isinstance(target, str) or target not in states:
            yield Problem("MISSING_TRANSITION_TARGET", f"Missing 'Next' target: {target}", at)
    yield from _details(kind, state, where)


def _details(kind: str, state: Mapping[str, Any], where: str) -> Iterator[Problem]:
    if kind == "Choice":
        yield from _choice(state, where)
    elif kind == "Wait" and ("Seconds" in state) == ("Timestamp" in state):
        yield _schema("One of 'Seconds' and 'Timestamp' is required", where)
    elif kind == "Task":
        yield from _task(state, where)
    if "Assign" in state and not isinstance(state["Assign"], dict):
        yield _schema("'Assign' is an object", f"{where}/Assign")


def _choice(state: Mapping[str, Any], where: str) -> Iterator[Problem]:
    rules = state.get("Choices")
    if not isinstance(rules, list) or not rules:
        yield _schema("These fields are required: [Choices]", where)
        return
    for index, rule in enumerate(rules):
        at = f"{where}/Choices[{index}]"
        if not isinstance(rule, dict) or not {"Condition", "Next"} <= set(rule):
            yield _schema("A rule has 'Condition' and 'Next'", at)
            continue
        for field in sorted(set(rule) - RULE_FIELDS):
            yield _schema(f"Field '{field}' is not supported", f"{at}/{field}")
        if not isinstance(rule["Condition"], bool) and not expressions.is_expression(rule["Condition"]):
            yield _schema("'Condition' is a boolean or a JSONata expression", f"{at}/Condition")


def _task(state: Mapping[str, Any], where: str) -> Iterator[Problem]:
    resource = state.get("Resource")
    if not isinstance(resource, str):
        yield _schema("These fields are required: [Resource]", where)
        return
    for code, message in integrations.problems(resource, state.get("Arguments")):
        yield Problem(code, message, f"{where}/Resource")
    seconds = state.get("TimeoutSeconds", 1)
    if not expressions.is_expression(seconds) and (not isinstance(seconds, int) or seconds < 1):
        yield _schema("'TimeoutSeconds' is a positive integer", f"{where}/TimeoutSeconds")
    for field, allowed in (("Retry", RETRY_FIELDS), ("Catch", CATCH_FIELDS)):
        entries = state.get(field, [])
        for index, entry in enumerate(entries if isinstance(entries, list) else [entries]):
            last = not isinstance(entries, list) or index == len(entries) - 1
            yield from _handler(entry, allowed, f"{where}/{field}[{index}]", last=last)


def _handler(entry: Any, allowed: set[str], at: str, *, last: bool) -> Iterator[Problem]:
    if (
        not isinstance(entry, dict)
        or not isinstance(entry.get("ErrorEquals"), list)
        or not entry["ErrorEquals"]
    ):
        yield _schema("'ErrorEquals' is a list of at least one error name", at)
        return
    for field in sorted(set(entry) - allowed):
        yield _schema(f"Field '{field}' is not supported", f"{at}/{field}")
    if "States.ALL" in entry["ErrorEquals"] and (len(entry["ErrorEquals"]) > 1 or not last):
        yield _schema("'States.ALL' stands alone, in the last entry", f"{at}/ErrorEquals")
    rules: Mapping[str, Callable[[Any], bool]] = {
        "IntervalSeconds": lambda value: isinstance(value, int) and value >= 1,
        "MaxAttempts": lambda value: isinstance(value, int) and value >= 0,
        "BackoffRate": lambda value: isinstance(value, int | float) and value >= 1,
        "MaxDelaySeconds": lambda value: isinstance(value, int) and value > entry.get("IntervalSeconds", 1),
        "JitterStrategy": lambda value: value in ("FULL", "NONE"),
    }
    for field, holds in rules.items():
        if field in entry and not holds(entry[field]):
            yield _schema(f"{json.dumps(entry[field])} is not a value of '{field}'", f"{at}/{field}")


def transitions(state: Mapping[str, Any], where: str = "") -> Iterator[tuple[str, str]]:
    """Give each state that `state` may go to, and where it says so."""
    for field in ("Next", "Default"):
        if field in state:
            yield state[field], f"{where}/{field}"
    for field in ("Choices", "Catch"):
        entries = state.get(field, [])
        for index, entry in enumerate(entries if isinstance(entries, list) else []):
            if isinstance(entry, dict) and "Next" in entry:
                yield entry["Next"], f"{where}/{field}[{index}]/Next"
            elif field == "Catch":
                yield "", f"{where}/{field}[{index}]"


def _reachability(start: object, states: Mapping[str, Any]) -> Iterator[Problem]:
    if not isinstance(start, str) or start not in states:
        return
    reached: set[str] = set()
    todo = [start]
    while todo:
        name = todo.pop()
        if not isinstance(name, str) or name in reached or name not in states:
            continue
        reached.add(name)
        todo.extend(target for target, _ in transitions(states[name]))
    for name in states:
        if name not in reached:
            yield Problem("MISSING_TRANSITION_TARGET", f'State "{name}" is not reachable.', f"/States/{name}")
    if not any(
        states[name].get("End") or states[name].get("Type") in ("Succeed", "Fail") for name in reached
    ):
        yield _schema("No state ends the machine", "/States")


def _expressions(node: Any, where: str) -> Iterator[Problem]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _expressions(value, f"{where}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _expressions(value, f"{where}[{index}]")
    elif expressions.is_expression(node):
        if why := expressions.syntax_error(node):
            yield Problem("INVALID_JSONATA_EXPRESSION", why, where)
    elif isinstance(node, str) and node.startswith("{%"):
        yield Problem("INVALID_JSONATA_EXPRESSION", "An expression ends with %}", where)
