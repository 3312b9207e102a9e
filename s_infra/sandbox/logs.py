"""Reads what jobs, functions and machines wrote to CloudWatch Logs, and goes on while they write."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, EndpointConnectionError

from s_infra.aws import error_code

if TYPE_CHECKING:
    from collections.abc import Iterator

INTERVAL_S = 0.2


@dataclass(frozen=True)
class Line:
    """A log event; `timestamp` is in milliseconds since 1970."""

    timestamp: int
    group: str
    stream: str
    message: str

    def __str__(self) -> str:
        when = time.strftime("%H:%M:%S", time.localtime(self.timestamp / 1000))
        return f"{when}.{self.timestamp % 1000:03d} {self.group} {self.stream}: {self.message.rstrip()}"


class Reader:
    """Gives each event once. `group` begins the names of the groups; `job` begins those of the streams."""

    def __init__(self, logs: Any, group: str = "", job: str = "") -> None:
        self._logs, self._group, self._job = logs, group, job
        self._tokens: dict[tuple[str, str], str] = {}

    def new(self) -> list[Line]:
        """Return what came since the last call, in the order of time."""
        lines = [line for group, stream in self._streams() for line in self._events(group, stream)]
        return sorted(lines, key=lambda line: line.timestamp)

    def follow(self) -> Iterator[Line]:
        """Give lines as they come, until the sandbox ends."""
        while True:
            try:
                yield from self.new()
            except EndpointConnectionError:
                return
            time.sleep(INTERVAL_S)

    def _streams(self) -> Iterator[tuple[str, str]]:
        prefix = {"logGroupNamePrefix": self._group} if self._group else {}
        within = {"logStreamNamePrefix": self._job} if self._job else {}
        for page in self._logs.get_paginator("describe_log_groups").paginate(**prefix):
            for group in page["logGroups"]:
                name = group["logGroupName"]
                streams = self._logs.get_paginator("describe_log_streams")
                for listed in streams.paginate(logGroupName=name, **within):
                    yield from ((name, stream["logStreamName"]) for stream in listed["logStreams"])

    def _events(self, group: str, stream: str) -> Iterator[Line]:
        while True:
            token = self._tokens.get((group, stream))
            given = {"nextToken": token} if token else {}
            try:
                page = self._logs.get_log_events(
                    logGroupName=group, logStreamName=stream, startFromHead=True, **given
                )
            except ClientError as error:
                # Deleted since it was listed.
                if error_code(error) == "ResourceNotFoundException":
                    return
                raise
            for event in page["events"]:
                yield Line(event["timestamp"], group, stream, event["message"])
            self._tokens[group, stream] = page["nextForwardToken"]
            if not page["events"]:
                return
