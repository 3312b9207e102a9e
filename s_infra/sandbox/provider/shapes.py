"""Between Terraform's values and the shapes of botocore's service models."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from s_infra.sandbox.provider.cty import UNKNOWN, CtyType, State, Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from s_infra.sandbox.provider.declaration import Names

Shape: TypeAlias = Any
Way: TypeAlias = tuple[str, ...]

_EVERYWHERE: dict[str, tuple[str, ...]] = {
    "id": (),
    "region": (),
    "tags": (),
    "timeouts": (),
    "arn": ("Arn", "arn", "ResourceArn", "resourceArn", "ResourceARN"),
    "tags_all": ("Tags", "tags", "TagsToAdd", "Tagging.TagSet", "TagSet", "TagList"),
    "tag_keys": ("TagKeys", "tagKeys", "TagsToRemove"),
}


def member(shape: Shape, path: str, names: Names) -> Way | None:
    """The way from a shape to the member that carries a Terraform path; None if it has none."""
    declared = names.get(path)
    if declared is not None or path in _EVERYWHERE:
        options = (declared,) if isinstance(declared, str) else declared or ()
        options = () if declared == "" else (*options, *_EVERYWHERE.get(path, ()))
        ways = [tuple(option.split(".")) for option in options if option]
        return next((way for way in ways if at(shape, way) is not None), None)
    if shape is None or shape.type_name != "structure":
        return None
    squashed = path.rpartition(".")[2].replace("_", "")
    by_name = {name.lower(): name for name in shape.members}
    found = by_name.get(squashed) or by_name.get(f"{squashed}s")
    return (found,) if found else None


def at(shape: Shape, way: Way) -> Shape | None:
    """The shape at the end of a way; None if there is none."""
    for part in way:
        if shape is None:
            return None
        if shape.type_name == "structure":
            shape = shape.members.get(part)
        elif shape.type_name == "list" and (part.isdigit() or part == "*"):
            shape = shape.member
        elif shape.type_name == "map":
            shape = shape.value
        else:
            return None
    return shape


def dig(value: Any, way: Way) -> Any:
    """The value at the end of a way; None if there is none. Past a `*` it's that of each item."""
    for depth, part in enumerate(way, start=1):
        if part == "*":
            return None if value is None else [dig(item, way[depth:]) for item in value]
        if isinstance(value, str):  # a policy within an answer, say
            value = json.loads(value)
        if isinstance(value, list) and part.isdigit():
            value = value[int(part)] if int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return value


def carried(kind: CtyType, shape: Shape, names: Names, path: str = "") -> Iterator[tuple[str, Shape]]:
    """Each Terraform path that the shape carries, with the member's shape."""
    for name, inner in kind[1].items():
        full = f"{path}.{name}" if path else name
        way = member(shape, full, names)
        target = at(shape, way) if way else None
        if target is None:
            continue
        yield full, target
        if target.type_name == "list" and not isinstance(inner, str) and inner[0] != "object":
            target = target.member
        nested = _object_in(inner)
        if nested is not None and target.type_name == "structure":
            yield from carried(nested, target, names, full)


def to_aws(kind: CtyType, values: State, shape: Shape, names: Names, path: str = "") -> dict[str, Any]:
    """The arguments for a structure, from an object; what is unset or has no member is left out."""
    sent: dict[str, Any] = {}
    for name, inner in kind[1].items():
        value = values.get(name)
        if value is UNKNOWN or value is None or value in ("", [], {}):
            continue
        full = f"{path}.{name}" if path else name
        way = member(shape, full, names)
        target = at(shape, way) if way else None
        if (
            way
            and target is not None
            and not (inner == "bool" and target.type_name == "structure" and not value)
        ):
            put(sent, way, _to_member(inner, value, target, names, full))
    return sent


def from_aws(kind: CtyType, answer: Mapping[str, Any], shape: Shape, names: Names, path: str = "") -> State:
    """The attributes that a structure can tell, null where this answer doesn't; others are left out."""
    told: State = {}
    for name, inner in kind[1].items():
        full = f"{path}.{name}" if path else name
        way = member(shape, full, names)
        if way:
            told[name] = _from_member(inner, dig(answer, way), at(shape, way), names, full)
    return told


def _to_member(kind: CtyType, value: Value, shape: Shape, names: Names, path: str) -> Any:
    type_name = shape.type_name
    if type_name == "structure":
        if value is True:  # a structure that says what it says by being there
            return {}
        item = value[0] if isinstance(value, list) else value
        return to_aws(_object_in(kind), item, shape, names, path)
    if type_name == "list":
        if isinstance(value, dict):
            key, text = _pair(shape.member)
            return [{key: name, text: item} for name, item in value.items()]
        items = value if isinstance(value, list) else [value]
        element = kind[1] if isinstance(value, list) else kind
        return [_to_member(element, item, shape.member, names, path) for item in items if item is not None]
    if type_name == "map":
        return {key: _to_member(kind[1], item, shape.value, names, path) for key, item in value.items()}
    return _to_scalar(value, type_name)


def _to_scalar(value: Value, type_name: str) -> Any:
    if type_name == "string":
        return json.dumps(value) if isinstance(value, bool) else str(value)
    if type_name in {"integer", "long"}:
        return int(value)
    if type_name in {"float", "double"}:
        return float(value)
    return value


def _from_member(kind: CtyType, raw: Any, shape: Shape, names: Names, path: str) -> Value:
    if raw is None:
        return None
    if kind == "bool" and shape.type_name == "structure":
        return True
    if kind == "string":
        return _text(raw)
    if isinstance(kind, str):
        return raw
    collection, element = kind
    if shape.type_name == "structure":
        found = from_aws(_object_in(kind), raw, shape, names, path)
        return found if collection == "object" else [found]
    if shape.type_name == "list":
        if collection == "map":
            key, text = _pair(shape.member)
            return {item[key]: item.get(text, "") for item in raw}
        return [_from_member(element, item, shape.member, names, path) for item in raw]
    if shape.type_name == "map":
        return {key: _from_member(element, item, shape.value, names, path) for key, item in raw.items()}
    return raw


def _text(raw: Any) -> str:
    if isinstance(raw, datetime):
        return raw.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(raw, bool | dict | list):
        return json.dumps(raw, separators=(",", ":"))
    return str(raw)


def _object_in(kind: CtyType) -> CtyType | None:
    while not isinstance(kind, str) and kind[0] != "object":
        kind = kind[1]
    return None if isinstance(kind, str) else kind


def _pair(shape: Shape) -> tuple[str, str]:
    lowered = {name.lower().removeprefix("tag"): name for name in shape.members}  # Key, or TagKey
    # A dimension has a Name in place of a Key.
    return lowered.get("key") or lowered["name"], lowered["value"]


def put(place: dict[str, Any], way: Way, value: Any) -> None:
    """Place a value at the end of a way, making what lies on it; a list on it has one element."""
    name, rest = way[0], way[1:]
    if rest and rest[0].isdigit():
        first = place.setdefault(name, [{}])[0]
        if rest[1:]:
            put(first, rest[1:], value)
        else:
            first |= value
    elif rest:
        put(place.setdefault(name, {}), rest, value)
    elif isinstance(value, dict) and isinstance(place.get(name), dict):
        place[name] |= value
    else:
        place[name] = value
