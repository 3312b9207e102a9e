"""An execution's record: its status, its history, and how far it got."""

from __future__ import annotations

import functools
import json
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from s_infra.sandbox.services.stepfunctions.control import Halt
from s_infra.sandbox.services.stepfunctions.errors import MOST_EVENTS, HistoryFullError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s_infra.sandbox.services.stepfunctions.flow import Flow

Status = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]
Event = dict[str, Any]
REDRIVABLE: tuple[Status, ...] = ("FAILED", "TIMED_OUT", "ABORTED")
MOST_REDRIVES = 1000
# The states that tell in the history when they are broken off.
BREAKABLE = ("Task", "Wait", "Map", "Parallel")


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
    revision_id: str | None = None
    version_arn: str | None = None
    alias_arn: str | None = None
    # Of the machine within a distributed Map: the Map's label.
    label: str | None = None


@dataclass(eq=False)
class Execution:
    """One run of a machine. Its fields are read and written under `lock`."""

    arn: str
    name: str
    machine: Machine
    input_text: str
    root: Flow
    start_date: float
    published: Callable[[Execution, Event], None]
    status: Status = "RUNNING"
    stop_date: float | None = None
    output_text: str | None = None
    error: str | None = None
    cause: str | None = None
    redrive_count: int = 0
    redrive_date: float | None = None
    # Of a distributed Map's child: the run that it belongs to, and how many items it was given.
    map_run_arn: str | None = None
    item_count: int | None = None
    events: list[Event] = field(default_factory=list)
    halt: Halt = field(default_factory=Halt)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def begin(self) -> None:
        """Write down that it has started."""
        self.root.status = "RUNNING"
        started: dict[str, Any] = {"input": self.input_text, "roleArn": self.machine.role_arn}
        started |= {"stateMachineVersionArn": self.machine.version_arn}
        started |= {"stateMachineAliasArn": self.machine.alias_arn}
        self.record(self.root, "ExecutionStarted", "executionStartedEventDetails", **started)

    def record(self, flow: Flow, kind: str, details_key: str | None = None, **details: Any) -> None:
        """Add an event of `flow` to the history: `record(flow, "TaskSucceeded", "taskSucceededEventDetails",
        output=…)`. Nothing is added of a flow that has been broken off.
        """
        with self.lock:
            if self.status != "RUNNING" or flow.status != "RUNNING":
                return
            if len(self.events) >= MOST_EVENTS - 1:
                raise HistoryFullError
            self._add(flow, kind, details_key, details)

    def _add(self, flow: Flow, kind: str, details_key: str | None, details: Mapping[str, Any]) -> None:
        number = len(self.events) + 1
        event: Event = {
            "id": number,
            "previousEventId": flow.last_event,
            "timestamp": time.time(),
            "type": kind,
        }
        if details_key:
            event[details_key] = {key: value for key, value in details.items() if value is not None}
        flow.last_event = number
        self.events.append(event)
        # In the order of the history; `published` only queues it.
        self.published(self, event)

    def break_off(self, flow: Flow) -> None:
        """Write down that what runs of `flow` is broken off; its threads add nothing any more."""
        with self.lock:
            if flow.status != "RUNNING":
                return
            self.break_off_children(flow)
            if flow.map_run is not None:
                self._add_if_room(flow, "MapRunAborted", None, {})
            if flow.state["Type"] in BREAKABLE:
                self._add_if_room(flow, f"{flow.state['Type']}StateAborted", None, {})
            flow.status = "ABORTED"

    def break_off_children(self, flow: Flow) -> None:
        """The same for what runs of its branches or iterations; `flow` itself goes on."""
        with self.lock:
            for child in flow.children:
                runs = child.status == "RUNNING"
                self.break_off(child)
                flow.last_event = max(flow.last_event, child.last_event)
                if runs and flow.state["Type"] == "Map" and child.item is not None:
                    told = {"name": flow.place.state, "index": child.item.index}
                    self._add_if_room(flow, "MapIterationAborted", "mapIterationAbortedEventDetails", told)

    def _add_if_room(
        self, flow: Flow, kind: str, details_key: str | None, details: Mapping[str, Any]
    ) -> None:
        if len(self.events) < MOST_EVENTS - 1:
            self._add(flow, kind, details_key, details)

    def finish(
        self,
        status: Status,
        *,
        of: Flow | None = None,
        output_text: str | None = None,
        error: str | None = None,
        cause: str | None = None,
    ) -> bool:
        """Give the execution its final status; False when it has one already (it was stopped meanwhile).

        `of` is the flow that has ended: one from before a redrive ends nothing.
        """
        with self.lock:
            if self.status != "RUNNING" or (of is not None and of is not self.root):
                return False
            if status in ("ABORTED", "TIMED_OUT"):
                self.break_off(self.root)
            self.root.status = "SUCCEEDED" if status == "SUCCEEDED" else "FAILED"
            kind, key = FINAL_EVENTS[status]
            self.status = status
            self.stop_date = time.time()
            self.output_text, self.error, self.cause = output_text, error, cause
            self._add(self.root, kind, key, {"output": output_text, "error": error, "cause": cause})
            self.halt.set()
        return True

    def redrive(self) -> None:
        """Run again what did not succeed; the caller then starts the engine."""
        with self.lock:
            self.status, self.stop_date = "RUNNING", None
            self.output_text = self.error = self.cause = None
            self.redrive_count += 1
            self.redrive_date = time.time()
            # Threads of the run before may still look at their own.
            self.halt, self.root = Halt(), self.root.again()
            self.root.status = "RUNNING"
            details = {"redriveCount": self.redrive_count}
            self.record(self.root, "ExecutionRedriven", "executionRedrivenEventDetails", **details)

    def redrive_problem(self) -> str | None:
        """Return why it can't be redriven, or None."""
        if self.status not in REDRIVABLE:
            return f"Execution is {self.status} and cannot be redriven"
        if self.map_run_arn is not None:
            return "Child workflow executions are redriven with their Map Run"
        if self.redrive_count >= MOST_REDRIVES:
            return f"The execution was redriven {MOST_REDRIVES} times, which is the limit"
        if len(self.events) >= MOST_EVENTS - 1:
            return HistoryFullError.CAUSE
        return None

    def context(self) -> dict[str, Any]:
        """Return what `$states.context` tells of the execution and its machine."""
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
            "StateMachine": {"Id": self.machine.arn, "Name": self.machine.name},
        }

    @functools.cached_property
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
