"""The record of calls: who called which operation on what, and whether that was allowed."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

CALLS_PATH = "/_s_infra/calls"
MOST_CALLS = 50_000


@dataclass(frozen=True)
class Call:
    """One call. `time` is in seconds since 1970; `actions` are IAM's, of which one call may need several."""

    time: float
    principal: str
    operation: str
    actions: tuple[str, ...]
    resource: str
    allowed: bool


class Calls:
    """The newest calls, oldest first."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=MOST_CALLS)
        self._lock = threading.Lock()

    def add(
        self, principal: str, operation: str, actions: tuple[str, ...], resource: str, *, allowed: bool
    ) -> None:
        """Record a call."""
        call = Call(time.time(), principal, operation, actions, resource, allowed)
        with self._lock:
            self._calls.append(call)

    def shown(self) -> dict[str, Any]:
        """Return the page of calls."""
        with self._lock:
            calls = list(self._calls)
        return {"calls": [asdict(call) for call in calls]}
