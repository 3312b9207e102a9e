"""The JSONPath subset of batch transform's InputFilter and OutputFilter, read and applied.

Source: "Supported JSONPath Operators" in the developer guide; docs/decisions/transform-filters.md says
what of it is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

NAME = re.compile(r"\.?([A-Za-z_][\w-]*)")
BRACKET = re.compile(r"\.?\[((?:'[^']*'|[^\]'])*)\]")
QUOTED_NAMES = re.compile(r"\s*'[^']+'\s*(,\s*'[^']+'\s*)*")
INDEX = re.compile(r"-?\d+")
OPEN_RANGE = re.compile(r"(-?\d+)?:")


class FilterError(Exception):
    """A filter is none of the documented subset, or doesn't fit a record."""


class UnsureError(Exception):
    """A filter is documented, and its documents contradict each other on what it selects."""


@dataclass(frozen=True)
class Names:
    """Children of an object by their names; several give an object of them."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Indexes:
    """Elements of an array; `start` is where a range begins that goes on to the last one."""

    indexes: tuple[int, ...] = ()
    start: int | None = None
    single: bool = False


@dataclass(frozen=True)
class Wildcard:
    """All children of an object or an array."""


Step = Names | Indexes | Wildcard
Path = tuple[Step, ...]


def parse(text: str) -> Path:
    """Return the steps of a filter; () for `$`.

    Raises:
        FilterError: it isn't of the subset.
        UnsureError: it has a range with an end.
    """
    if not text.startswith("$"):
        raise FilterError(f"Invalid JsonPath: {text}: it has to begin with $")
    steps: list[Step] = []
    rest = text[1:]
    while rest:
        step, rest = _step(rest, text)
        if steps and isinstance(steps[-1], Names) and len(steps[-1].names) > 1:
            raise FilterError(f"Invalid JsonPath: {text}: nothing can follow several names in brackets")
        steps.append(step)
    return tuple(steps)


def _step(rest: str, text: str) -> tuple[Step, str]:
    if rest.startswith(".*"):
        return Wildcard(), rest[2:]
    if match := BRACKET.match(rest):
        return _bracket(match[1].strip(), text), rest[match.end() :]
    if rest.startswith(".") and (match := NAME.match(rest)):
        return Names((match[1],)), rest[match.end() :]
    raise FilterError(f"Invalid JsonPath: {text}: {rest} is not supported")


def _bracket(inner: str, text: str) -> Step:
    if inner == "*":
        return Wildcard()
    if QUOTED_NAMES.fullmatch(inner):
        return Names(tuple(re.findall(r"'([^']+)'", inner)))
    parts = [part.strip() for part in inner.split(",")]
    ranges = [part for part in parts if ":" in part]
    if len(ranges) > 1:
        raise FilterError(
            f"Invalid JsonPath: {text}: only single range filters of format (eg: [1:5]) are supported"
        )
    if ranges and (ranges[0] != parts[-1] or OPEN_RANGE.fullmatch(ranges[0]) is None):
        if re.fullmatch(r"(-?\d+)?:-?\d+", ranges[0]):
            raise UnsureError(f"[{ranges[0]}], a range with an end (name the indexes),")
        raise FilterError(f"Invalid JsonPath: {text}: [{inner}] is not supported")
    indexes = [part for part in parts if ":" not in part]
    if any(INDEX.fullmatch(part) is None for part in indexes):
        raise FilterError(f"Invalid JsonPath: {text}: [{inner}] is not supported")
    start = int(ranges[0].rstrip(":") or 0) if ranges else None
    return Indexes(tuple(int(part) for part in indexes), start, single=len(parts) == 1 and not ranges)


def select(path: Path, value: Any) -> Any:
    """Return what a filter selects of a record: one value, or an array where a step can select several.

    Raises:
        FilterError: the record has no such part.
    """
    nodes, several = [value], False
    for step in path:
        several = several or isinstance(step, Wildcard) or (isinstance(step, Indexes) and not step.single)
        nodes = [child for node in nodes for child in _children(step, node)]
    return nodes if several else nodes[0]


def _children(step: Step, node: Any) -> list[Any]:
    if isinstance(step, Wildcard):
        if not isinstance(node, (dict, list)):
            raise FilterError("* needs an object or an array")
        return list(node.values()) if isinstance(node, dict) else list(node)
    if isinstance(step, Names):
        return [_named(step, node)]
    return _indexed(step, node)


def _named(step: Names, node: Any) -> Any:
    if not isinstance(node, dict):
        raise FilterError(f"{step.names[0]!r} is a name, and the record is not a key-value pair object")
    missing = [name for name in step.names if name not in node]
    if missing:
        raise FilterError(f"the record has no attribute {missing[0]!r}")
    return node[step.names[0]] if len(step.names) == 1 else {name: node[name] for name in step.names}


def _indexed(step: Indexes, node: Any) -> list[Any]:
    if not isinstance(node, list):
        raise FilterError("an index needs an array")
    for index in (*step.indexes, *(() if step.start is None else (step.start,))):
        if not -len(node) <= index < len(node):
            raise FilterError(f"index {index} is not within the record's {len(node)} elements")
    chosen = [node[index] for index in step.indexes]
    return chosen if step.start is None else [*chosen, *node[step.start :]]
