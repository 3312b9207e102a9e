"""JSONPath in states: paths into the data, the context (`$$.…`) and the variables (`$name.…`)."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = re.compile(r"\$(?P<context>\$)?(?P<variable>[A-Za-z_]\w*)?(?P<rest>.*)", re.DOTALL)
STEP = re.compile(r"\.(?P<name>[\w-]+)|\['(?P<quoted>[^']+)'\]|\[(?P<index>\d+)\]")


class PathError(Exception):
    """A path gives nothing, or can't be followed."""


@dataclass(frozen=True)
class Scope:
    """What paths see: the data at `$`, the context object at `$$`, the variables by name."""

    data: Any
    context: Mapping[str, Any]
    variables: Mapping[str, Any]


def problem(path: object) -> str | None:
    """Return why something is no path, or None."""
    if not isinstance(path, str) or not path.startswith("$"):
        return "A path begins with $"
    try:
        _parsed(path)
    except PathError as error:
        return str(error)
    return None


def find(path: str, scope: Scope) -> Any:
    """Return what `path` leads to: a value, or a list where it can lead to several.

    Raises PathError where it leads nowhere.
    """
    match = _root(path)
    root = scope.data
    if match["context"]:
        root = scope.context
    elif match["variable"]:
        if match["variable"] not in scope.variables:
            raise PathError(f"The variable '${match['variable']}' has no value")
        root = scope.variables[match["variable"]]
    if not match["rest"]:
        return root
    query, single = _parsed(path)
    if not isinstance(root, dict | list):
        raise PathError(f"Invalid path '{path}': No results for path: {path}")
    found = query.findall(root)
    if not single:
        return found
    if not found:
        raise PathError(f"Invalid path '{path}': No results for path: {path}")
    return found[0]


def put(path: str, target: Any, value: Any) -> Any:
    """Return `target` with `value` where `path` points; objects on the way are made.

    Raises PathError where it can't be put.
    """
    if path == "$":
        return value
    steps, at = [], 1
    while at < len(path):
        match = STEP.match(path, at)
        if match is None:
            raise PathError(f"'{path}' is no reference path")
        steps.append(int(match["index"]) if match["index"] else match["name"] or match["quoted"])
        at = match.end()
    return _put(steps, target, value, path)


def _put(steps: list[Any], target: Any, value: Any, path: str) -> Any:
    if not steps:
        return value
    step, *rest = steps
    if isinstance(step, int):
        if not isinstance(target, list) or step >= len(target):
            raise PathError(f"Unable to apply ResultPath {path}")
        return [_put(rest, one, value, path) if n == step else one for n, one in enumerate(target)]
    if target is not None and not isinstance(target, dict):
        raise PathError(f"Unable to apply ResultPath {path}")
    known = target or {}
    return {**known, step: _put(rest, known.get(step), value, path)}


def _root(path: str) -> re.Match[str]:
    match = ROOT.fullmatch(path)
    if match is None:
        raise PathError(f"'{path}' is no path")
    return match


@functools.cache
def _parsed(path: str) -> tuple[Any, bool]:
    # Here, because most machines are in JSONata and never need it.
    import jsonpath

    try:
        query = jsonpath.compile(f"${_root(path)['rest']}")
    except jsonpath.JSONPathError as error:
        raise PathError(f"Invalid path '{path}': {str(error).splitlines()[0]}") from error
    if not isinstance(query, jsonpath.JSONPath):
        raise PathError(f"Invalid path '{path}': it is several paths")
    return query, query.singular_query()
