"""When two values mean the same, and how planned and read values come together."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s_infra.sandbox.provider.cty import UNKNOWN, CtyType, Value, conform, has_unknown

if TYPE_CHECKING:
    from collections.abc import Container, Iterator


def is_empty(value: Value) -> bool:
    """Whether the value says nothing: null, "", false, 0, an empty collection, or blocks of such."""
    if isinstance(value, dict):
        return all(is_empty(item) for item in value.values())
    if isinstance(value, list):
        return all(isinstance(item, dict) and is_empty(item) for item in value)
    return value is not UNKNOWN and not value


def same_json(one: Value, other: Value) -> bool:
    """Whether two texts are JSON of one meaning."""
    try:
        return bool(json.loads(one) == json.loads(other))
    except (TypeError, ValueError):
        return False


@dataclass(frozen=True)
class Settling:
    """Finds out whether a new value says anything new.

    AWS tells what isn't set now as null, now as "", [], false; without this no plan would ever be empty. When
    reading, null in the state takes any of these; when planning, a false or 0 that someone wrote counts.
    `json_paths`: attributes whose texts are compared by their meaning.
    """

    reading: bool
    json_paths: Container[str] = ()

    def __call__(self, old: Value, new: Value, kind: CtyType, path: str = "") -> Value:
        """The old value where the new one means the same, else the new one."""
        if old is UNKNOWN or new is UNKNOWN or old == new:
            return new
        if is_empty(old) and (is_empty(new) if self.reading else new in (None, "", [], {})):
            return old
        if old is None or new is None or isinstance(kind, str):
            same = path in self.json_paths and same_json(old, new)
            return old if same else new
        return self._collection(old, new, kind, path)

    def _collection(self, old: Value, new: Value, kind: CtyType, path: str) -> Value:
        collection, element = kind
        if collection == "object":
            prefix = f"{path}." if path else ""
            return {
                name: self(old.get(name), new.get(name), inner, prefix + name)
                for name, inner in element.items()
            }
        if collection == "list" and len(old) == len(new):
            return [self(one, other, element, path) for one, other in zip(old, new, strict=True)]
        if collection == "set":
            return conform([self._alike(old, item, element, path) for item in new], kind)
        return new

    def _alike(self, candidates: list[Value], item: Value, kind: CtyType, path: str) -> Value:
        return next((known for known in candidates if self(known, item, kind, path) == known), item)


def overlay(planned: Value, actual: Value, kind: CtyType) -> Value:
    """What was planned, with only the unknown parts taken from what was read."""
    if planned is UNKNOWN:
        return [] if actual is None and _is_blocks(kind) else conform(actual, kind)
    if not has_unknown(planned):
        return planned
    collection, element = kind
    if collection == "object":
        fields = actual if isinstance(actual, dict) else {}
        return {name: overlay(value, fields.get(name), element[name]) for name, value in planned.items()}
    if collection == "map":
        entries = actual if isinstance(actual, dict) else {}
        return {key: overlay(value, entries.get(key), element) for key, value in planned.items()}
    rest = [conform(item, element) for item in actual or []]
    if collection == "set":
        found = [overlay(item, next((r for r in rest if _fits(item, r)), None), element) for item in planned]
        return conform(found, kind)
    return [
        overlay(item, rest[index] if index < len(rest) else None, element)
        for index, item in enumerate(planned)
    ]


def differences(planned: Value, actual: Value, path: str = "") -> Iterator[str]:
    """The paths at which what was read isn't what was planned; unknown parts may become anything."""
    if planned is UNKNOWN:
        return
    if isinstance(planned, dict) and isinstance(actual, dict):
        for name, value in planned.items():
            yield from differences(value, actual.get(name), f"{path}.{name}" if path else name)
    elif isinstance(planned, list) and isinstance(actual, list) and len(planned) == len(actual):
        if has_unknown(planned) and all(any(_fits(item, other) for other in actual) for item in planned):
            return
        for one, other in zip(planned, actual, strict=True):
            yield from differences(one, other, path)
    elif planned != actual:
        yield path


def _is_blocks(kind: CtyType) -> bool:
    return kind[0] in {"list", "set"} and kind[1][0] == "object"


def _fits(planned: Value, actual: Value) -> bool:
    if planned is UNKNOWN:
        return True
    if isinstance(planned, dict) and isinstance(actual, dict):
        return all(_fits(value, actual.get(name)) for name, value in planned.items())
    if isinstance(planned, list) and isinstance(actual, list):
        return len(planned) == len(actual) and all(map(_fits, planned, actual))
    return bool(planned == actual) or (is_empty(planned) and is_empty(actual))
