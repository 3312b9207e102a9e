"""Pages of lists, and answers without what isn't there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from s_infra.sandbox.services.stepfunctions.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")
PAGE = 100
LARGEST_PAGE = 1000


def page(entries: list[T], request: Mapping[str, Any]) -> tuple[list[T], dict[str, str]]:
    """Return the page that the request asks for, and the `nextToken` of the one after it."""
    size = min(request.get("maxResults") or PAGE, LARGEST_PAGE)
    token = request.get("nextToken") or "0"
    if not token.isdigit():
        raise RefusedError("InvalidToken", f"Invalid Token: '{token}'")
    first = int(token)
    more = first + size < len(entries)
    return entries[first : first + size], {"nextToken": str(first + size)} if more else {}


def present(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that have a value."""
    return {key: value for key, value in fields.items() if value is not None}
