"""JSON: one document after another, or one array."""

from __future__ import annotations

import json
from typing import Any

from s_infra.sandbox.services.glue.classify.types import INT_LIMIT, Array, Column, Struct, Type, merged

SAMPLE_DOCUMENTS = 1000
Found = tuple[tuple[Column, ...], tuple[str, ...], int]


def read(text: str, *, complete: bool) -> Found | None:
    """Return columns, their names as the documents spell them, and the number of documents; None: no JSON.

    `complete`: the text isn't the beginning of a longer one.
    """
    stripped = text.lstrip()
    if not stripped.startswith(("{", "[")):
        return None
    found, whole = _documents(stripped)
    if not found or (complete and not whole and len(found) < SAMPLE_DOCUMENTS):
        return None
    kind: Type | None = None
    for document in found:
        kind = merged(kind, of(document))
    if isinstance(kind, Array):
        return (Column("array", kind),), ("array",), len(found)
    if not isinstance(kind, Struct):
        return None
    columns = tuple(Column(name.lower(), inner) for name, inner in kind.fields)
    return columns, tuple(name for name, _ in kind.fields), len(found)


def _documents(text: str) -> tuple[list[Any], bool]:
    decoder = json.JSONDecoder()
    found: list[Any] = []
    place = 0
    while place < len(text) and len(found) < SAMPLE_DOCUMENTS:
        try:
            document, place = decoder.raw_decode(text, place)
        except ValueError:
            return found, False
        found.append(document)
        while place < len(text) and text[place].isspace():
            place += 1
    return found, True


def of(value: Any) -> Type | None:
    """Return the type of a JSON value; None for null."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "int" if abs(value) < INT_LIMIT else "bigint"
    if isinstance(value, float):
        return "double"
    if isinstance(value, dict):
        return Struct(tuple((name, of(inner) or "string") for name, inner in value.items()))
    if isinstance(value, list):
        element: Type | None = None
        for item in value:
            element = merged(element, of(item))
        return Array(element)
    return "string"
