"""Lists, a page at a time; the token is the number of the next entry."""

from __future__ import annotations

from typing import Any

from s_infra.sandbox.services.cloudwatch.errors import bad_token


def page(field: str, entries: list[Any], token: str | None, size: int) -> dict[str, Any]:
    """Return a page of `entries` as `field`, with NextToken if there are more.

    Raises:
        CloudWatchError: the token wasn't given out.
    """
    if token is not None and not token.isdigit():
        raise bad_token()
    first = int(token or 0)
    shown: dict[str, Any] = {field: entries[first : first + size]}
    if first + size < len(entries):
        shown["NextToken"] = str(first + size)
    return shown
