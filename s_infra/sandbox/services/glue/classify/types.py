"""Column types in Hive's words, and the type that holds the values of two."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

INT_LIMIT = 2**31
BIGINT_LIMIT = 2**63


@dataclass(frozen=True)
class Struct:
    """A structure: its fields' names and types, in their order."""

    fields: tuple[tuple[str, Type], ...] = field(default=())


@dataclass(frozen=True)
class Array:
    """A list of elements of one type; None where no element was seen."""

    element: Type | None


# A scalar is its name in Hive (`bigint`).
Type: TypeAlias = "str | Struct | Array"


@dataclass(frozen=True)
class Column:
    """A column's name and type."""

    name: str
    type: Type | None


# Narrow before wide: a value of the first is one of those after it.
NUMBERS = ("int", "bigint", "double")


def merged(one: Type | None, other: Type | None) -> Type | None:
    """Return the type that takes the values of both; None is that of no value."""
    if one is None or other is None or one == other:
        return other if one is None else one
    if isinstance(one, Struct) and isinstance(other, Struct):
        names = dict.fromkeys([name for name, _ in (*one.fields, *other.fields)])
        left, right = dict(one.fields), dict(other.fields)
        return Struct(tuple((name, merged(left.get(name), right.get(name)) or "string") for name in names))
    if isinstance(one, Array) and isinstance(other, Array):
        return Array(merged(one.element, other.element))
    if one in NUMBERS and other in NUMBERS:
        return max(one, other, key=NUMBERS.index)
    return "string"


def spelt(kind: Type | None) -> str:
    """Return a type as the catalogue has it: `struct<a:int,b:array<string>>`."""
    if kind is None:
        return "string"
    if isinstance(kind, Struct):
        return f"struct<{','.join(f'{name}:{spelt(inner)}' for name, inner in kind.fields)}>"
    if isinstance(kind, Array):
        return f"array<{spelt(kind.element)}>"
    return kind
