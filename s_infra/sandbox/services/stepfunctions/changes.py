"""Wakes tasks that wait for a job when its service tells of a change in some job's state.

On AWS `.sync` goes by the same events: EventBridge brings them, through rules that Step Functions manages.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Box = queue.SimpleQueue[None]


class Changes:
    """Who waits for which job; safe for several threads."""

    def __init__(self) -> None:
        self._waiting: dict[Box, frozenset[str]] = {}
        self._lock = threading.Lock()

    def tell(self, _source: str, _detail_type: str, detail: Mapping[str, Any]) -> None:
        """Take an event of a service's: its detail has the job's name among its values."""
        named = {value for value in detail.values() if isinstance(value, str)}
        with self._lock:
            boxes = [box for box, identity in self._waiting.items() if identity <= named]
        for box in boxes:
            box.put(None)

    @contextlib.contextmanager
    def of(self, identity: Mapping[str, str]) -> Iterator[Box]:
        """Give what something is put into whenever the job of that identity changes."""
        box: Box = queue.SimpleQueue()
        with self._lock:
            self._waiting[box] = frozenset(identity.values())
        try:
            yield box
        finally:
            with self._lock:
                del self._waiting[box]
