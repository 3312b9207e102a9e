"""A job's metrics on their way to CloudWatch, a few at a time."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.access import as_now

if TYPE_CHECKING:
    from collections.abc import Callable

LOG = logging.getLogger(__name__)
# CloudWatch's limit for one PutMetricData call.
CALL_VALUES = 1000
FLUSH_S = 0.5
# Each value is kept in memory. What a job says beyond this is counted and no longer kept.
STREAM_VALUES = 20_000


class MetricStream:
    """Takes values as they appear; `flush` sends what has gathered, `close` all of it.

    `shown` makes of the machine's time the sandbox's.
    """

    def __init__(
        self,
        client: Callable[[str], Any],
        namespace: str,
        dimension: tuple[str, str],
        shown: Callable[[float], float] = float,
    ) -> None:
        self._client, self._shown = as_now(client), shown
        self._namespace = namespace
        self._dimensions = [{"Name": dimension[0], "Value": dimension[1]}]
        self._pending: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._sent_at = time.monotonic()
        self._taken = 0

    @property
    def dropped(self) -> int:
        """How many values were too many."""
        return max(0, self._taken - STREAM_VALUES)

    def add(self, name: str, value: float, timestamp: float) -> None:
        """Take a value; sends when there are enough, so that no program can fill the memory."""
        datum = {
            "MetricName": name,
            "Value": value,
            "Timestamp": self._shown(timestamp),
            "Dimensions": self._dimensions,
        }
        with self._lock:
            self._taken += 1
            if self._taken > STREAM_VALUES:
                return
            self._pending.append(datum)
            if len(self._pending) >= CALL_VALUES:
                self._send()

    def flush(self) -> None:
        """Send what is there, now and then."""
        with self._lock:
            if time.monotonic() - self._sent_at > FLUSH_S:
                self._send()

    def close(self) -> None:
        """Send all that is left."""
        with self._lock:
            self._send()

    def _send(self) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        batch, self._pending = self._pending, []
        self._sent_at = time.monotonic()
        if not batch:
            return
        try:
            self._client("cloudwatch").put_metric_data(Namespace=self._namespace, MetricData=batch)
        except (BotoCoreError, ClientError) as error:
            LOG.warning("%d values in %s are lost: %s", len(batch), self._namespace, error)
