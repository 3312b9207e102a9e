"""A job's output on its way to CloudWatch Logs, in the background and bounded."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from s_infra.sandbox.access import as_now

if TYPE_CHECKING:
    from collections.abc import Callable

LOG = logging.getLogger(__name__)
FLUSH_S = 0.25
# CloudWatch's own limits for one PutLogEvents call: 10,000 events and 1 MiB, with 26 bytes counted for each.
BATCH_EVENTS = 5000
BATCH_BYTES = 900_000
EVENT_BYTES = 26
# The base keeps logs in memory. What a program prints beyond this is counted and no longer kept.
STREAM_BYTES = 16 * 1024 * 1024


class LogStream:
    """A stream that lines are given to. `close` returns when all of them can be read in CloudWatch Logs."""

    def __init__(self, client: Callable[[str], Any], group: str, stream: str) -> None:
        self._client = as_now(client)
        self._group = group
        self._stream = stream
        self._pending: list[dict[str, Any]] = []
        self._pending_bytes = 0
        self._bytes = 0
        self._dropped = 0
        self._changed = threading.Condition()
        self._closed = False
        self.last_line = ""
        self._thread = threading.Thread(target=self._run, name=f"logs {stream}", daemon=True)
        self._thread.start()

    def take(self, line: str) -> None:
        """Add a line; waits when CloudWatch Logs is slower than the program."""
        # CloudWatch takes no empty event.
        text = line or " "
        size = len(text) + EVENT_BYTES
        with self._changed:
            if line.strip():
                self.last_line = line.strip()
            if self._bytes + size > STREAM_BYTES:
                self._dropped += 1
                return
            self._changed.wait_for(lambda: self._pending_bytes < 4 * BATCH_BYTES)
            self._bytes += size
            self._pending_bytes += size
            self._pending.append({"timestamp": int(time.time() * 1000), "message": text})
            if self._pending_bytes > BATCH_BYTES:
                self._changed.notify_all()

    def close(self) -> None:
        """Send what is left and wait for it."""
        with self._changed:
            if self._closed:
                return
            if self._dropped:
                limit = f"{STREAM_BYTES >> 20} MiB a stream"
                note = f"s-infra sandbox: {self._dropped} more lines are not kept ({limit})"
                self._pending.append({"timestamp": int(time.time() * 1000), "message": note})
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        logs = self._client("logs")
        try:
            self._create(logs)
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._closed or self._pending_bytes > BATCH_BYTES, FLUSH_S)
                    closed = self._closed
                self._send(logs)
                if closed:
                    return
        except (BotoCoreError, ClientError) as error:
            LOG.warning("logs of %s are lost: %s", self._stream, error)
            with self._changed:
                # Nothing takes lines any more; the program must not wait for it.
                self._bytes, self._pending_bytes = STREAM_BYTES, 0
                self._changed.notify_all()

    def _create(self, logs: Any) -> None:
        # A group that is there already needs no right to make it; one that isn't shows by the stream.
        with contextlib.suppress(ClientError):
            logs.create_log_group(logGroupName=self._group)
        with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_stream(logGroupName=self._group, logStreamName=self._stream)

    def _send(self, logs: Any) -> None:
        while True:
            with self._changed:
                batch: list[dict[str, Any]] = []
                size = 0
                for event in self._pending[:BATCH_EVENTS]:
                    size += len(event["message"].encode()) + EVENT_BYTES
                    if size > BATCH_BYTES and batch:
                        break
                    batch.append(event)
                del self._pending[: len(batch)]
                self._pending_bytes -= sum(len(event["message"]) + EVENT_BYTES for event in batch)
                self._changed.notify_all()
            if not batch:
                return
            logs.put_log_events(logGroupName=self._group, logStreamName=self._stream, logEvents=batch)
