"""Lists, a page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.glue.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LARGEST = 200


def page(
    field: str, entries: Sequence[Any], given: Mapping[str, Any], largest: int = LARGEST
) -> dict[str, Any]:
    """Return the part of `entries` that a request asks for, under `field`, and where the next begins."""
    token = str(given.get("NextToken") or "0")
    if not token.isdigit():
        raise invalid("Invalid next token")
    first = int(token)
    size = min(given.get("MaxResults") or largest, largest)
    found: dict[str, Any] = {field: list(entries[first : first + size])}
    if first + size < len(entries):
        found["NextToken"] = str(first + size)
    return found
