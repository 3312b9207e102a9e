"""What functions write, in CloudWatch Logs: in their order, by one thread, so that no invocation waits."""

from __future__ import annotations

import logging
import queue
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger(__name__)
EXISTS = "ResourceAlreadyExistsException"
TAIL_BYTES = 4096


@dataclass
class Lines:
    """The events of one invocation's log, each with its time in ms since 1970."""

    events: list[dict[str, Any]] = field(default_factory=list)

    def add(self, message: str) -> None:
        """Add an event, now."""
        # CloudWatch takes no empty one.
        self.events.append({"timestamp": int(time.time() * 1000), "message": message or " "})

    def tail(self) -> bytes:
        """Return the last 4 KB."""
        return "".join(f"{event['message']}\n" for event in self.events).encode()[-TAIL_BYTES:]


class Journal:
    """Writes to log streams, which it makes, and their groups, where they aren't there."""

    def __init__(self, logs: Any) -> None:
        self._logs = logs
        self._waiting: queue.SimpleQueue[tuple[str, str, Sequence[dict[str, Any]]]] = queue.SimpleQueue()
        threading.Thread(target=self._write_all, name="functions-log", daemon=True).start()

    def write(self, group: str, stream: str, lines: Lines) -> None:
        """Have the lines written soon."""
        if lines.events:
            self._waiting.put((group, stream, tuple(lines.events)))

    def _write_all(self) -> None:
        while True:
            group, stream, events = self._waiting.get()
            # It isn't the function that calls CloudWatch, so these are no calls that a user would see.
            self._logs._create_log_group({"logGroupName": group})
            place = {"logGroupName": group, "logStreamName": stream}
            self._logs._create_log_stream(place)
            status, _, body = self._logs._put_log_events({**place, "logEvents": list(events)})
            if status != 200:
                logger.warning("%d lines of %s were not written: %s", len(events), stream, body)
