"""An execution's record: its status, its history, and where a redrive would begin."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Status = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]
Event = dict[str, Any]
REDRIVABLE: tuple[Status, ...] = ("FAILED", "TIMED_OUT", "ABORTED")
MOST_REDRIVES = 1000


@dataclass(frozen=True)
class Machine:
    """The machine as it was when the execution started; a later update doesn't reach it."""

    arn: str
    name: str
    role_arn: str
    definition: Mapping[str, Any]
    text: str
    logging: Mapping[str, Any]
    update_date: float


@dataclass(frozen=True)
class Place:
    """Where the execution is: the state's name, its input, and the variables it starts with."""

    state: str
    input: Any
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Execution:
    """One run of a machine. Its fields are read and written under `lock`."""

    arn: str
    name: str
    machine: Machine
    input_text: str
    place: Place
    start_date: float
    published: Callable[[Execution, Event], None]
    status: Status = "RUNNING"
    stop_date: float | None = None
    output_text: str | None = None
    error: str | None = None
    cause: str | None = None
    redrive_count: int = 0
    redrive_date: float | None = None
    events: list[Event] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def record(self, kind: str, details_key: str | None = None, **details: Any) -> None:
        """Add an event to the history: `record("TaskSucceeded", "taskSucceededEventDetails", output=…)`."""
        with self.lock:
            number = len(self.events) + 1
            event: Event = {
                "id": number,
                "previousEventId": number - 1,
                "timestamp": time.time(),
                "type": kind,
            }
            if details_key:
                event[details_key] = {key: value for key, value in details.items() if value is not None}
            self.events.append(event)
            # In the order of the history; `published` only queues it.
            self.published(self, event)

    def finish(
        self,
        status: Status,
        *,
        output_text: str | None = None,
        error: str | None = None,
        cause: str | None = None,
    ) -> bool:
        """Give the execution its final status; False when it has one already (it was stopped meanwhile)."""
        with self.lock:
            if self.status != "RUNNING":
                return False
            self.status = status
            self.stop_date = time.time()
            self.output_text, self.error, self.cause = output_text, error, cause
            kind, key = FINAL_EVENTS[status]
            self.record(kind, key, output=output_text, error=error, cause=cause)
            self.ended.set()
        return True

    def redrive(self) -> None:
        """Run again from the state that did not succeed; the caller then starts the engine."""
        with self.lock:
            self.status, self.stop_date = "RUNNING", None
            self.output_text = self.error = self.cause = None
            self.redrive_count += 1
            self.redrive_date = time.time()
            # The thread of the run before may still look at its own event.
            self.ended = threading.Event()
            self.record("ExecutionRedriven", "executionRedrivenEventDetails", redriveCount=self.redrive_count)

    def context(self, state: str, entered: str, retries: int) -> dict[str, Any]:
        """Return `$states.context`."""
        execution: dict[str, Any] = {
            "Id": self.arn,
            "Input": self.input,
            "Name": self.name,
            "RoleArn": self.machine.role_arn,
            "StartTime": iso(self.start_date),
            "RedriveCount": self.redrive_count,
        }
        if self.redrive_date is not None:
            execution["RedriveTime"] = iso(self.redrive_date)
        return {
            "Execution": execution,
            "State": {"Name": state, "EnteredTime": entered, "RetryCount": retries},
            "StateMachine": {"Id": self.machine.arn, "Name": self.machine.name},
        }

    @property
    def input(self) -> Any:
        """The execution's input, parsed."""
        return json.loads(self.input_text)


FINAL_EVENTS: Mapping[str, tuple[str, str]] = {
    "SUCCEEDED": ("ExecutionSucceeded", "executionSucceededEventDetails"),
    "FAILED": ("ExecutionFailed", "executionFailedEventDetails"),
    "TIMED_OUT": ("ExecutionTimedOut", "executionTimedOutEventDetails"),
    "ABORTED": ("ExecutionAborted", "executionAbortedEventDetails"),
}


def iso(moment: float) -> str:
    """Return seconds since 1970 as Step Functions writes dates: `2024-05-01T12:00:00.123Z`."""
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment))
    return f"{whole}.{int(moment * 1000) % 1000:03d}Z"
