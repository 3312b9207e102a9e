"""The runs of distributed Maps: what they were begun with, their children, and the operations on them."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from s_infra.sandbox.services.stepfunctions.errors import RefusedError
from s_infra.sandbox.services.stepfunctions.paging import page, present

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.services.stepfunctions.execution import Execution, Machine

MapRunStatus = Literal["RUNNING", "SUCCEEDED", "FAILED", "ABORTED"]
COUNTED = {"RUNNING": "running", "SUCCEEDED": "succeeded", "FAILED": "failed"}
COUNTED |= {"TIMED_OUT": "timedOut", "ABORTED": "aborted"}


@dataclass(frozen=True)
class ChildInput:
    """What a child execution is given, and how many items are in it."""

    value: Any
    items: int


@dataclass(eq=False)
class MapRun:
    """One run of a distributed Map. `inputs` is None until the items have been read."""

    arn: str
    execution_arn: str
    machine: Machine
    max_concurrency: int
    tolerated_percentage: float
    tolerated_count: int
    start_date: float = field(default_factory=time.time)
    status: MapRunStatus = "RUNNING"
    stop_date: float | None = None
    redrive_count: int = 0
    redrive_date: float | None = None
    results_written: int = 0
    inputs: list[ChildInput] | None = None
    children: dict[int, Execution] = field(default_factory=dict)

    def redrive(self) -> None:
        """Begin again with what did not succeed."""
        self.status, self.stop_date = "RUNNING", None
        self.redrive_count += 1
        self.redrive_date = time.time()

    def end(self, status: MapRunStatus) -> None:
        """Give the run its final status."""
        self.status, self.stop_date = status, time.time()

    def left(self) -> list[int]:
        """Return the numbers of the inputs that no child has finished with success."""
        total = range(len(self.inputs or ()))
        return [n for n in total if n not in self.children or self.children[n].status != "SUCCEEDED"]

    def fails_too_often(self) -> bool:
        """Tell whether more items have failed than may."""
        counts = self.counts(by_item=True)
        failed = counts["failed"] + counts["timedOut"] + counts["aborted"]
        percentage = 100 * failed / counts["total"] if counts["total"] else 0
        # Where only one bound is given, the other one, which is 0, doesn't count.
        if self.tolerated_count and not self.tolerated_percentage:
            return failed > self.tolerated_count
        if self.tolerated_percentage and not self.tolerated_count:
            return percentage > self.tolerated_percentage
        return failed > self.tolerated_count or percentage > self.tolerated_percentage

    def counts(self, *, by_item: bool) -> dict[str, int]:
        """Return how many items, or child executions, stand how."""
        inputs = self.inputs or []
        weights = [one.items if by_item else 1 for one in inputs]
        found = dict.fromkeys(("pending", *COUNTED.values()), 0)
        for number, weight in enumerate(weights):
            child = self.children.get(number)
            found["pending" if child is None else COUNTED[child.status]] += weight
        return {**found, "total": sum(weights), "resultsWritten": self.results_written}


class MapRuns:
    """All map runs, by ARN."""

    def __init__(self) -> None:
        self._all: dict[str, MapRun] = {}
        self._lock = threading.Lock()

    def add(self, run: MapRun) -> None:
        """Take up a run."""
        with self._lock:
            self._all[run.arn] = run

    def find(self, arn: str) -> MapRun:
        """Return a run. Raises RefusedError where there is none."""
        with self._lock:
            run = self._all.get(arn)
        if run is None:
            raise RefusedError("ResourceNotFound", f"Resource not found: '{arn}'")
        return run

    def all(self) -> list[MapRun]:
        """Return all runs, oldest first."""
        with self._lock:
            return list(self._all.values())

    def forget(self, execution_arns: set[str]) -> None:
        """Forget the runs of executions that are forgotten."""
        with self._lock:
            self._all = {
                arn: run for arn, run in self._all.items() if run.execution_arn not in execution_arns
            }

    def describe(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeMapRun."""
        run = self.find(str(request["mapRunArn"]))
        return present(
            {
                "mapRunArn": run.arn,
                "executionArn": run.execution_arn,
                "status": run.status,
                "startDate": run.start_date,
                "stopDate": run.stop_date,
                "maxConcurrency": run.max_concurrency,
                "toleratedFailurePercentage": run.tolerated_percentage,
                "toleratedFailureCount": run.tolerated_count,
                "itemCounts": run.counts(by_item=True),
                "executionCounts": run.counts(by_item=False),
                "redriveCount": run.redrive_count,
                "redriveDate": run.redrive_date,
            }
        )

    def list(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """ListMapRuns of one execution, newest first."""
        chosen = [run for run in reversed(self.all()) if run.execution_arn == request["executionArn"]]
        shown, token = page(chosen, request)
        entries = [
            present(
                {
                    "mapRunArn": run.arn,
                    "executionArn": run.execution_arn,
                    "stateMachineArn": run.machine.arn,
                    "startDate": run.start_date,
                    "stopDate": run.stop_date,
                }
            )
            for run in shown
        ]
        return {"mapRuns": entries, **token}


def map_run_arn(machine: Machine) -> str:
    """Return a new run's ARN, after the ARN of the machine of its children."""
    return f"{machine.arn.replace(':stateMachine:', ':mapRun:')}:{uuid.uuid4()}"
