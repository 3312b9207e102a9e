"""Checks what is of JSONPath in a state: its fields, its paths, its payload templates, its Choice rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.stepfunctions.definition.problem import Problem, refused, schema
from s_infra.sandbox.services.stepfunctions.languages import choices, intrinsics, paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# A value that is known only when the state runs.
UNKNOWN = "{% %}"
CALLS = ("ErrorPath", "CausePath")
OPTIONAL = ("InputPath", "OutputPath", "ResultPath")
FLOW_FIELDS = {"InputPath", "OutputPath", "Assign", "Next", "End"}
RESULT_FIELDS = {"Parameters", "ResultSelector", "ResultPath", "Retry", "Catch"}
STATE_FIELDS: Mapping[str, set[str]] = {
    "Task": FLOW_FIELDS
    | RESULT_FIELDS
    | {"Resource", "TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath"},
    "Pass": FLOW_FIELDS | {"Result", "ResultPath", "Parameters"},
    "Wait": FLOW_FIELDS | {"Seconds", "SecondsPath", "Timestamp", "TimestampPath"},
    "Choice": {"InputPath", "OutputPath", "Assign", "Choices", "Default"},
    "Parallel": FLOW_FIELDS | RESULT_FIELDS | {"Branches"},
    "Map": FLOW_FIELDS
    | (RESULT_FIELDS - {"Parameters"})
    | {"ItemsPath", "ItemSelector", "ItemProcessor", "MaxConcurrency", "MaxConcurrencyPath"}
    | {"ItemReader", "ItemBatcher", "ResultWriter", "Label"}
    | {"ToleratedFailureCount", "ToleratedFailureCountPath"}
    | {"ToleratedFailurePercentage", "ToleratedFailurePercentagePath"},
    "Succeed": {"InputPath", "OutputPath"},
    "Fail": {"Error", "ErrorPath", "Cause", "CausePath"},
}
CATCH_FIELDS = {"ErrorEquals", "Next", "ResultPath", "Assign", "Comment"}
TEMPLATES = ("Parameters", "ResultSelector", "ItemSelector", "Assign", "ItemReader", "ItemBatcher")
# A Map of before 2022 names its processor and its selector otherwise.
OLD_MAP_FIELDS = ("Iterator", "Parameters")


def problems(kind: str, state: Mapping[str, Any], where: str) -> Iterator[Problem]:
    """Give what is wrong with a state's paths, templates and rules."""
    if kind == "Map":
        for field in OLD_MAP_FIELDS:
            if field in state:
                yield refused(f"Map.{field}", f"{where}/{field}")
    yield from _paths(state, where)
    for field in (*TEMPLATES, "ResultWriter"):
        yield from _template(state.get(field), f"{where}/{field}")
    for field in ("Choices", "Catch"):
        entries = state.get(field, [])
        for index, entry in enumerate(entries if isinstance(entries, list) else []):
            at = f"{where}/{field}[{index}]"
            if field == "Choices":
                yield from (schema(text, at) for text in choices.problems(entry))
            if isinstance(entry, dict):
                yield from _paths(entry, at)
                yield from _template(entry.get("Assign"), f"{at}/Assign")
    if kind == "Choice" and not state.get("Choices"):
        yield schema("These fields are required: [Choices]", where)


def _paths(part: Mapping[str, Any], where: str) -> Iterator[Problem]:
    for field, value in part.items():
        if not field.endswith("Path") or (value is None and field in OPTIONAL):
            continue
        why = None if field in CALLS and intrinsics.is_call(value) else paths.problem(value)
        if why is not None:
            yield schema(why, f"{where}/{field}")


def _template(node: Any, where: str) -> Iterator[Problem]:
    if isinstance(node, list):
        for index, one in enumerate(node):
            yield from _template(one, f"{where}[{index}]")
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        at = f"{where}/{key}"
        if not key.endswith(".$"):
            yield from _template(value, at)
        elif intrinsics.is_call(value):
            if why := intrinsics.problem(value):
                yield schema(f"The value for the field '{key}' must be a valid intrinsic: {why}", at)
        elif paths.problem(value):
            told = "must be a valid JSONPath or a valid intrinsic function call"
            yield schema(f"The value for the field '{key}' {told}", at)


def as_jsonata(kind: str, state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the state as it would be in JSONata, so far as the checks of both languages look at it."""
    changed = _without_paths(state)
    if kind == "Task":
        changed["Arguments"] = _arguments(state["Parameters"]) if "Parameters" in state else UNKNOWN
    for field in ("ItemReader", "ItemBatcher", "ResultWriter"):
        if isinstance(state.get(field), dict):
            part = _without_paths(state[field])
            if "Parameters" in part:
                part["Arguments"] = part.pop("Parameters")
            if isinstance(part.get("ReaderConfig"), dict):
                part["ReaderConfig"] = _without_paths(part["ReaderConfig"])
            changed[field] = part
    return changed


def _without_paths(part: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key.removesuffix("Path"): UNKNOWN if key.endswith("Path") else value for key, value in part.items()
    }


def _arguments(template: Any) -> Any:
    if isinstance(template, list):
        return [_arguments(one) for one in template]
    if not isinstance(template, dict):
        return template
    return {
        key.removesuffix(".$"): UNKNOWN if key.endswith(".$") else _arguments(value)
        for key, value in template.items()
    }
