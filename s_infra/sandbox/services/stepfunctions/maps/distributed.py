"""Map in distributed mode: child executions of their own, over items that may come from S3."""

from __future__ import annotations

import functools
import json
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.stepfunctions import branches, work
from s_infra.sandbox.services.stepfunctions.errors import (
    TOO_MANY_FAILURES,
    ExecutionEndedError,
    StateError,
    limited,
)
from s_infra.sandbox.services.stepfunctions.execution import Execution, Machine
from s_infra.sandbox.services.stepfunctions.flow import Flow, Item, Place
from s_infra.sandbox.services.stepfunctions.maps import batching, item_reader, result_writer
from s_infra.sandbox.services.stepfunctions.maps.runs import ChildInput, MapRun, map_run_arn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.services.stepfunctions.control import Halt
    from s_infra.sandbox.services.stepfunctions.languages.language import Step
    from s_infra.sandbox.services.stepfunctions.visit import Visit

# AWS runs 10,000 at once; a laptop gains nothing from more than these.
MOST_CHILDREN_AT_ONCE = 32
AWS_MOST_CHILDREN = 10_000


def is_distributed(state: Mapping[str, Any]) -> bool:
    """Tell whether a Map starts child executions."""
    config = state["ItemProcessor"].get("ProcessorConfig", {})
    return bool(config.get("Mode", "INLINE") == "DISTRIBUTED")


def run(visit: Visit) -> Step:
    """Run a child execution for each item, or batch of items."""
    visit.record("MapStateStarted", "mapStateStartedEventDetails", length=0)
    map_run = _begun(visit)
    try:
        if map_run.inputs is None:
            map_run.inputs = _inputs(visit)
        result = _result(visit, map_run)
    except StateError as error:
        map_run.end("FAILED")
        visit.record("MapRunFailed", "mapRunFailedEventDetails", error=error.error, cause=error.cause)
        visit.record("MapStateFailed")
        raise
    except ExecutionEndedError:
        map_run.end("ABORTED")
        raise
    map_run.end("SUCCEEDED")
    visit.record("MapRunSucceeded")
    visit.record("MapStateSucceeded")
    return visit.language.result(visit, result)


def _begun(visit: Visit) -> MapRun:
    runs, flow = visit.outside.map_runs, visit.flow
    if flow.map_run is not None:
        map_run = runs.find(flow.map_run)
        map_run.redrive()
        told: dict[str, Any] = {"mapRunArn": map_run.arn, "redriveCount": map_run.redrive_count}
        visit.record("MapRunRedriven", "mapRunRedrivenEventDetails", **told)
        return map_run
    machine = _machine(visit.execution.machine, visit.state)
    map_run = MapRun(
        arn=map_run_arn(machine),
        execution_arn=visit.execution.arn,
        machine=machine,
        max_concurrency=branches.number(visit, "MaxConcurrency", 0) or AWS_MOST_CHILDREN,
        tolerated_percentage=branches.number(visit, "ToleratedFailurePercentage", 0),
        tolerated_count=branches.number(visit, "ToleratedFailureCount", 0),
    )
    runs.add(map_run)
    flow.map_run = map_run.arn
    visit.record("MapRunStarted", "mapRunStartedEventDetails", mapRunArn=map_run.arn)
    return map_run


def _machine(parent: Machine, state: Mapping[str, Any]) -> Machine:
    label = state.get("Label") or str(uuid.uuid4())
    definition = {"QueryLanguage": parent.definition.get("QueryLanguage", "JSONPath")}
    definition |= {key: value for key, value in state["ItemProcessor"].items() if key != "ProcessorConfig"}
    return Machine(
        arn=f"{parent.arn}/{label}",
        name=f"{parent.name}/{label}",
        role_arn=parent.role_arn,
        definition=definition,
        text=json.dumps(definition),
        logging=parent.logging,
        update_date=parent.update_date,
        label=label,
    )


def _inputs(visit: Visit) -> list[ChildInput]:
    found = item_reader.read(visit) if "ItemReader" in visit.state else branches.items(visit)
    chosen = [branches.selected(visit, Item(index, value)) for index, value in enumerate(found)]
    return batching.batches(visit, chosen)


def _result(visit: Visit, map_run: MapRun) -> Any:
    try:
        _run_children(visit, map_run)
    except StateError:
        # What there is of results is written all the same.
        result_writer.written(visit, map_run)
        raise
    return result_writer.written(visit, map_run)


def _run_children(visit: Visit, map_run: MapRun) -> None:
    deadline = visit.control.machine_deadline
    with visit.control.halt.scope() as halt:
        # A child has a time of its own only; that of the machine ends it from here.
        timer = threading.Timer(0 if deadline is None else deadline - time.monotonic(), halt.set)
        timer.daemon = True
        if deadline is not None:
            timer.start()
        try:
            left = map_run.left()
            works = [functools.partial(_run_child, visit, map_run, number, halt) for number in left]
            limit = min(map_run.max_concurrency, MOST_CHILDREN_AT_ONCE, len(works))
            failure = work.all_of(works, limit, halt.set)
        finally:
            timer.cancel()
    if failure is not None:
        raise failure
    visit.control.check()


def _run_child(visit: Visit, map_run: MapRun, number: int, halt: Halt) -> None:
    with halt.scope() as own:
        if own.is_set():
            raise ExecutionEndedError
        child = map_run.children.get(number)
        if child is None:
            child = _child(visit, map_run, number)
            child.halt = own
            map_run.children[number] = child
            visit.outside.add(child)
            child.begin()
        else:
            child.redrive()
            child.halt = own
        visit.outside.run(child)
    if halt.is_set():
        raise ExecutionEndedError
    if child.status != "SUCCEEDED" and map_run.fails_too_often():
        raise StateError(TOO_MANY_FAILURES, "The specified tolerated failure threshold was exceeded")


def _child(visit: Visit, map_run: MapRun, number: int) -> Execution:
    given = (map_run.inputs or [])[number]
    name, machine = str(uuid.uuid4()), map_run.machine
    return Execution(
        arn=f"{machine.arn.replace(':stateMachine:', ':execution:')}:{name}",
        name=name,
        machine=machine,
        input_text=limited(given.value, "The child execution's input"),
        root=Flow(machine.definition["States"], Place(machine.definition["StartAt"], given.value)),
        start_date=time.time(),
        published=visit.execution.published,
        map_run_arn=map_run.arn,
        item_count=given.items,
    )
