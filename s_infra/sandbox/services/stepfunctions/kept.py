"""Executions as JSON, and back: what a sandbox that keeps its state writes down when it ends."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.stepfunctions.execution import FINAL_EVENTS, Event, Execution, Machine, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

INTERRUPTED = "The sandbox was stopped while the execution was running"
# What belongs to the process, or is written as another shape.
APART = ("published", "ended", "lock", "machine", "place")


def dumped(execution: Execution) -> dict[str, Any]:
    """Return an execution's fields; one under way is aborted, so that it can be redriven."""
    with execution.lock:
        fields = {
            one.name: getattr(execution, one.name)
            for one in dataclasses.fields(execution)
            if one.name not in APART
        }
        fields["machine"] = dataclasses.asdict(execution.machine)
        fields["place"] = dataclasses.asdict(execution.place)
        if execution.status == "RUNNING":
            now = time.time()
            fields |= {"status": "ABORTED", "stop_date": now, "cause": INTERRUPTED}
            fields["events"] = [*execution.events, _aborted(len(execution.events), now)]
    return fields


def restored(fields: Mapping[str, Any], published: Callable[[Execution, Event], None]) -> Execution:
    """Return an execution that has ended from its fields."""
    given = {**fields, "machine": Machine(**fields["machine"]), "place": Place(**fields["place"])}
    execution = Execution(**given, published=published)
    execution.ended.set()
    return execution


def _aborted(last: int, now: float) -> Event:
    kind, key = FINAL_EVENTS["ABORTED"]
    event: Event = {"id": last + 1, "previousEventId": last, "timestamp": now, "type": kind}
    return {**event, key: {"cause": INTERRUPTED}}
