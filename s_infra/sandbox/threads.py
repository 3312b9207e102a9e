"""Threads that are used again: to start one takes longer than most of what is done in it."""

from __future__ import annotations

import logging
import queue
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)


class Threads:
    """As many threads as there is work at once, of which up to `kept` wait for more of it.

    `concurrent.futures` has a bound instead: what is over it would wait for the others' end, and these are
    executions that may take days.
    """

    def __init__(self, name: str, kept: int = 32) -> None:
        self._name, self._kept = name, kept
        self._idle: list[queue.SimpleQueue[Callable[[], object]]] = []
        self._lock = threading.Lock()

    def run(self, work: Callable[[], object]) -> None:
        """Have `work()` done at once, by another thread."""
        with self._lock:
            waiting = self._idle.pop() if self._idle else None
        if waiting is None:
            threading.Thread(target=self._work, args=(work,), name=self._name, daemon=True).start()
        else:
            waiting.put(work)

    def _work(self, work: Callable[[], object]) -> None:
        own: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        while True:
            try:
                work()
            except Exception:
                logger.exception("a thread of %s", self._name)
            with self._lock:
                if len(self._idle) >= self._kept:
                    return
                self._idle.append(own)
            work = own.get()
