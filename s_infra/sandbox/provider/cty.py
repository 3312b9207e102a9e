"""Terraform's values: the type language of cty in JSON, and its msgpack encoding, unknown values included.

A type is "string", "number", "bool" or "dynamic", or [kind, element] with kind list, set, map, or
["object", {name: type}]. A value is None, str, bool, int, float, list, dict or UNKNOWN; a set is a sorted
list.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import msgpack

CtyType: TypeAlias = Any
Value: TypeAlias = Any
State: TypeAlias = dict[str, Any]


class Unknown:
    """A value that Terraform will know after apply."""

    def __repr__(self) -> str:
        return "<unknown>"

    def __deepcopy__(self, memo: object) -> Unknown:
        return self

    def __bool__(self) -> bool:
        raise TypeError("an unknown value is neither true nor false")


UNKNOWN: Final = Unknown()
_EXTENSION: Final = msgpack.ExtType(0, b"\0")
_UNKNOWN_CODES: Final = {0, 12}  # 12: unknown, with refinements that we don't use


def decode(data: bytes, kind: CtyType) -> Value:
    """A value from msgpack, brought to the type."""
    if not data:
        return None
    loaded = msgpack.unpackb(data, ext_hook=_extension, strict_map_key=False, raw=False)
    return conform(loaded, kind)


def encode(value: Value, kind: CtyType) -> bytes:
    """A value of the type as msgpack."""
    packed: bytes = msgpack.packb(_pack(value, kind), use_bin_type=True)
    return packed


def conform(value: Value, kind: CtyType) -> Value:
    """Bring a value to the type: absent attributes become None, numbers and booleans may come as text."""
    if value is None or value is UNKNOWN:
        return value
    if isinstance(kind, str):
        return _scalar(value, kind)
    collection, element = kind
    if collection == "list":
        return [conform(item, element) for item in value]
    if collection == "set":
        return _set([conform(item, element) for item in value])
    if collection == "map":
        return {str(key): conform(item, element) for key, item in value.items()}
    if collection == "object":
        return {name: conform(value.get(name), inner) for name, inner in element.items()}
    raise ValueError(f"a cty type of kind {collection} isn't served")


def has_unknown(value: Value) -> bool:
    """Whether any part of the value is unknown."""
    if isinstance(value, dict):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(has_unknown(item) for item in value)
    return value is UNKNOWN


def known(value: Value) -> Value:
    """The value with None in place of what is unknown."""
    if isinstance(value, dict):
        return {key: known(item) for key, item in value.items()}
    if isinstance(value, list):
        return [known(item) for item in value]
    return None if value is UNKNOWN else value


def _extension(code: int, data: bytes) -> Value:
    if code in _UNKNOWN_CODES:
        return UNKNOWN
    raise ValueError(f"msgpack extension {code} with {len(data)} bytes isn't one of Terraform's")


def _scalar(value: Value, kind: str) -> Value:
    if kind == "string":
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value)
    if kind == "number":
        number = float(value) if isinstance(value, str) else value
        return int(number) if isinstance(number, float) and number.is_integer() else number
    if kind == "bool":
        return value if isinstance(value, bool) else str(value).lower() in {"true", "1"}
    return value


def _set(items: list[Value]) -> list[Value]:
    distinct: list[Value] = []
    for item in items:
        if has_unknown(item) or item not in distinct:
            distinct.append(item)
    return sorted(distinct, key=repr)


def _pack(value: Value, kind: CtyType) -> Value:
    if value is UNKNOWN:
        return _EXTENSION
    if value is None or isinstance(kind, str):
        return value
    collection, element = kind
    if collection in {"list", "set"}:
        return [_pack(item, element) for item in value]
    if collection == "map":
        return {key: _pack(value[key], element) for key in sorted(value)}
    return {name: _pack(value.get(name), element[name]) for name in sorted(element)}
