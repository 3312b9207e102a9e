"""Requests held against botocore's service models; the messages have the form of AWS's own."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from s_infra.sandbox.service_models import service_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MESSAGES_SHOWN = 10
PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float, str),
    "blob": (str,),
}


# What a request can be wrong in, by the constraint.
Kind: TypeAlias = Literal["null", "unknown", "type", "enum", "length", "range", "pattern"]


@dataclass(frozen=True)
class Problem:
    """A constraint that isn't met; `field` is the member's path in AWS's spelling: `command.name`."""

    kind: Kind
    field: str
    text: str


def problems(service: str, operation: str, request: Mapping[str, Any]) -> list[Problem]:
    """Return what of the request isn't of the operation's shape."""
    shape = service_model(service).operation_model(operation).input_shape
    return list(_problems(shape, request, "")) if shape is not None else []


def message(found: Sequence[Problem]) -> str:
    """Return the message of AWS's ValidationException for these problems."""
    noun = "error" if len(found) == 1 else "errors"
    shown = "; ".join(problem.text for problem in found[:MESSAGES_SHOWN])
    return f"{len(found)} validation {noun} detected: {shown}"


def _problems(shape: Any, value: Any, path: str) -> Iterator[Problem]:
    kind = shape.type_name
    if not _is_of(kind, value):
        yield _failed("type", path, value, f"Member must be of type {kind}")
    elif kind == "structure":
        yield from _structure(shape, value, path)
    elif kind == "list":
        yield from _length(shape, value, path, len(value))
        for number, item in enumerate(value, start=1):
            yield from _problems(shape.member, item, f"{path}.{number}.member")
    elif kind == "map":
        yield from _length(shape, value, path, len(value))
        for key, item in value.items():
            yield from _problems(shape.key, key, f"{path}.key")
            yield from _problems(shape.value, item, f"{path}.{key}.member")
    else:
        yield from _scalar(shape, value, path)


def _is_of(kind: str, value: object) -> bool:
    # A bool is an int in Python and never one in JSON.
    return isinstance(value, PYTHON_TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _structure(shape: Any, value: Mapping[str, Any], path: str) -> Iterator[Problem]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield _problem("null", _joined(path, name), "Value null", "Member must not be null")
    for name, item in value.items():
        if name not in shape.members:
            yield _problem("unknown", _joined(path, name), "Value", "Member is unknown")
        elif item is not None:
            yield from _problems(shape.members[name], item, _joined(path, name))


def _scalar(shape: Any, value: Any, path: str) -> Iterator[Problem]:
    constraints = shape.metadata
    if shape.type_name == "string":
        if choices := constraints.get("enum"):
            if value not in choices:
                yield _failed(
                    "enum", path, value, f"Member must satisfy enum value set: [{', '.join(choices)}]"
                )
            return
        yield from _length(shape, value, path, len(value))
        pattern = _pattern(constraints.get("pattern"))
        if pattern is not None and pattern.fullmatch(value) is None:
            yield _failed(
                "pattern", path, value, f"Member must satisfy regular expression pattern: {pattern.pattern}"
            )
    elif shape.type_name in ("integer", "long", "float", "double"):
        low, high = constraints.get("min"), constraints.get("max")
        if low is not None and value < low:
            yield _failed("range", path, value, f"Member must have value greater than or equal to {low}")
        if high is not None and value > high:
            yield _failed("range", path, value, f"Member must have value less than or equal to {high}")


def _length(shape: Any, value: Any, path: str, length: int) -> Iterator[Problem]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and length < low:
        yield _failed("length", path, value, f"Member must have length greater than or equal to {low}")
    if high is not None and length > high:
        yield _failed("length", path, value, f"Member must have length less than or equal to {high}")


@functools.cache
def _pattern(text: str | None) -> re.Pattern[str] | None:
    """Return the pattern, or None where it is written for another language's regular expressions."""
    if text is None:
        return None
    try:
        return re.compile(text, re.DOTALL)
    except re.error:
        return None


def _failed(kind: Kind, path: str, value: object, constraint: str) -> Problem:
    return _problem(kind, path, f"Value '{str(value)[:200]}'", constraint)


def _problem(kind: Kind, path: str, what: str, constraint: str) -> Problem:
    return Problem(kind, path, f"{what} at '{path}' failed to satisfy constraint: {constraint}")


def _joined(path: str, name: str) -> str:
    # AWS writes the members' names in these messages with a small first letter.
    lowered = name[:1].lower() + name[1:]
    return f"{path}.{lowered}" if path else lowered
