"""Machines, executions and map runs as JSON, and back: what a sandbox that keeps its state writes down."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.stepfunctions import flow
from s_infra.sandbox.services.stepfunctions.execution import FINAL_EVENTS, Event, Execution, Machine
from s_infra.sandbox.services.stepfunctions.machines import Alias, Revision, StateMachine, Version
from s_infra.sandbox.services.stepfunctions.maps.runs import ChildInput, MapRun

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

INTERRUPTED = "The sandbox was stopped while the execution was running"
# What belongs to the process, or is written as another shape.
APART = ("published", "halt", "lock", "machine", "root")


def dumped(execution: Execution) -> dict[str, Any]:
    """Return an execution's fields; one under way is aborted, so that it can be redriven."""
    with execution.lock:
        fields = {
            one.name: getattr(execution, one.name)
            for one in dataclasses.fields(execution)
            if one.name not in APART
        }
        fields["machine"] = dataclasses.asdict(execution.machine)
        fields["root"] = flow.dumped(execution.root)
        if execution.status == "RUNNING":
            now = time.time()
            fields |= {"status": "ABORTED", "stop_date": now, "cause": INTERRUPTED}
            fields["events"] = [*execution.events, _aborted(len(execution.events), now)]
    return fields


def restored(fields: Mapping[str, Any], published: Callable[[Execution, Event], None]) -> Execution:
    """Return an execution that has ended from its fields."""
    machine = Machine(**fields["machine"])
    root = flow.restored(fields["root"], machine.definition["States"])
    execution = Execution(**{**fields, "machine": machine, "root": root}, published=published)
    execution.halt.set()
    return execution


def _aborted(last: int, now: float) -> Event:
    kind, key = FINAL_EVENTS["ABORTED"]
    event: Event = {"id": last + 1, "previousEventId": last, "timestamp": now, "type": kind}
    return {**event, key: {"cause": INTERRUPTED}}


def dumped_run(run: MapRun) -> dict[str, Any]:
    """Return a map run's fields, with its children's ARNs."""
    fields = {one.name: getattr(run, one.name) for one in dataclasses.fields(run)}
    inputs = None if run.inputs is None else [[one.value, one.items] for one in run.inputs]
    return {
        **fields,
        "status": "ABORTED" if run.status == "RUNNING" else run.status,
        "machine": dataclasses.asdict(run.machine),
        "inputs": inputs,
        "children": [[number, child.arn] for number, child in run.children.items()],
    }


def restored_run(fields: Mapping[str, Any], executions: Mapping[str, Execution]) -> MapRun:
    """Return a map run from its fields."""
    inputs = fields["inputs"]
    children = {number: executions[arn] for number, arn in fields["children"]}
    return MapRun(
        **{
            **fields,
            "machine": Machine(**fields["machine"]),
            "inputs": None if inputs is None else [ChildInput(*one) for one in inputs],
            "children": children,
        }
    )


def dumped_machine(machine: StateMachine) -> dict[str, Any]:
    """Return a machine with its versions and aliases."""
    return dataclasses.asdict(machine)


def restored_machine(fields: Mapping[str, Any]) -> StateMachine:
    """Return a machine from its fields."""
    versions = {
        int(number): Version(**{**one, "revision": Revision(**one["revision"])})
        for number, one in fields["versions"].items()
    }
    aliases = {
        name: Alias(**{**one, "routes": tuple((arn, weight) for arn, weight in one["routes"])})
        for name, one in fields["aliases"].items()
    }
    revision = Revision(**fields["revision"])
    return StateMachine(**{**fields, "revision": revision, "versions": versions, "aliases": aliases})
