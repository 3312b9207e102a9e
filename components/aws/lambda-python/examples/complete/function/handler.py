"""A function that answers with what it was asked."""

from __future__ import annotations

from typing import Any


def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Return the event."""
    return {"asked": event}
