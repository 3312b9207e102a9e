"""A program's output, line by line, in a CloudWatch log stream."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import deque
from typing import IO, Any

from botocore.exceptions import BotoCoreError, ClientError

logger = logging.getLogger(__name__)
FLUSH_S = 0.2
# CloudWatch's limits for one request: 10,000 events and 1 MiB, with 26 bytes for each event.
MOST_EVENTS = 1000
MOST_BYTES = 900_000
LONGEST_LINE = 200_000
# A Java exception with its causes has hundreds.
TAIL_LINES = 1000


class LogStream:
    """Writes lines to one stream of a group; `tail` keeps the last of them."""

    def __init__(self, logs: Any, group: str, stream: str) -> None:
        self._logs, self._group, self._stream = logs, group, stream
        self._pending: list[dict[str, Any]] = []
        self._bytes = 0
        self._flushed = time.monotonic()
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._lock = threading.Lock()
        # Why there is no log, if there is none: what runs does without, as on AWS.
        self.problem: str | None = None
        # A group that is there already needs no right to make it; one that isn't shows by the stream.
        with contextlib.suppress(ClientError):
            logs.create_log_group(logGroupName=group)
        try:
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
        except logs.exceptions.ResourceAlreadyExistsException:
            logger.debug("%s goes on", stream)
        except ClientError as error:
            self.problem = str(error)
            logger.warning("%s has no log: %s", stream, error)

    def write(self, line: str) -> None:
        """Add one line."""
        with self._lock:
            self.tail.append(line)
            text = line[:LONGEST_LINE] or " "
            self._pending.append({"timestamp": int(time.time() * 1000), "message": text})
            self._bytes += len(text.encode()) + 26
        self.flush_if_due()

    def flush_if_due(self) -> None:
        """Send what is pending when there is much of it, or it has waited; to be called now and then."""
        full = len(self._pending) >= MOST_EVENTS or self._bytes >= MOST_BYTES
        if full or (self._pending and time.monotonic() - self._flushed >= FLUSH_S):
            self.flush()

    def flush(self) -> None:
        """Send what is pending. A log that can't be written does not fail the program."""
        with self._lock:
            events, self._pending, self._bytes = self._pending, [], 0
            self._flushed = time.monotonic()
        if not events or self.problem is not None:
            return
        try:
            self._logs.put_log_events(logGroupName=self._group, logStreamName=self._stream, logEvents=events)
        except (BotoCoreError, ClientError) as error:
            logger.warning("%d lines of %s were not written: %s", len(events), self._stream, error)

    def follow(self, output: IO[str]) -> threading.Thread:
        """Copy `output` in a thread until it ends; return the thread."""
        thread = threading.Thread(target=self._copy, args=(output,), daemon=True)
        thread.start()
        return thread

    def _copy(self, output: IO[str]) -> None:
        with output:
            for line in output:
                self.write(line.rstrip("\n"))
        self.flush()
