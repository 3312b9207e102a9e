"""What functions write, in CloudWatch Logs: in their order, by one thread, so that no invocation waits."""

from __future__ import annotations

import logging
import queue
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from s_infra.sandbox.services.functions.function import Function

logger = logging.getLogger(__name__)
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
    """Writes to log streams, which it makes, and their groups, where they aren't there.

    `may(function, action, resource)` tells whether a function's role may: without, it has no log, as on AWS.
    """

    def __init__(self, logs: Any, may: Callable[[Function, str, str], bool]) -> None:
        self._logs, self._may = logs, may
        self._waiting: queue.SimpleQueue[tuple[Function, str, Sequence[dict[str, Any]]]] = queue.SimpleQueue()
        threading.Thread(target=self._write_all, name="functions-log", daemon=True).start()

    def write(self, function: Function, stream: str, lines: Lines) -> None:
        """Have the lines written soon."""
        if lines.events:
            self._waiting.put((function, stream, tuple(lines.events)))

    def _write_all(self) -> None:
        while True:
            function, stream, events = self._waiting.get()
            if not self._made(function, stream):
                continue
            place = {"logGroupName": function.log_group, "logStreamName": stream}
            status, _, body = self._logs._put_log_events({**place, "logEvents": list(events)})
            if status != 200:
                logger.warning("%d lines of %s were not written: %s", len(events), stream, body)

    def _made(self, function: Function, stream: str) -> bool:
        """Make the stream, and its group, if they aren't there; return whether it may be written to."""
        name, account = function.log_group, function.arn.split(":")[4]
        group = f"arn:aws:logs:{function.region}:{account}:log-group:{name}"
        own = f"{group}:log-stream:{stream}"
        if name not in self._logs._log_groups:
            if not self._may(function, "logs:CreateLogGroup", group):
                return False
            self._logs._create_log_group({"logGroupName": name})
        if stream not in self._logs._log_groups[name]["streams"]:
            if not self._may(function, "logs:CreateLogStream", own):
                return False
            self._logs._create_log_stream({"logGroupName": name, "logStreamName": stream})
        return self._may(function, "logs:PutLogEvents", own)
