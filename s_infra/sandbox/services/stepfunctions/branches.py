"""Parallel and Map within one execution: their flows run at once, and the first failure stops the others."""

from __future__ import annotations

import dataclasses
import functools
import json
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.stepfunctions import work
from s_infra.sandbox.services.stepfunctions.errors import (
    DATA_LIMIT,
    RUNTIME,
    StateError,
    limited,
)
from s_infra.sandbox.services.stepfunctions.flow import Flow, Item, Place

if TYPE_CHECKING:
    from s_infra.sandbox.services.stepfunctions.control import Control
    from s_infra.sandbox.services.stepfunctions.languages.language import Step
    from s_infra.sandbox.services.stepfunctions.visit import Visit

# As in AWS: more iterations of an inline Map may be asked for, but not at once.
MOST_ITERATIONS_AT_ONCE = 40


def parallel(visit: Visit) -> Step:
    """Run all branches with the same input; the result is the list of their outputs."""
    flow = visit.flow
    given = visit.language.arguments(visit, visit.place.input)
    limited(given, "The branches' input")
    if not flow.children:
        flow.children = [
            Flow(branch["States"], Place(branch["StartAt"], given, visit.place.variables), flow.item)
            for branch in visit.state["Branches"]
        ]
    visit.record("ParallelStateStarted")
    return _results(visit, "Parallel", len(flow.children))


def inline_map(visit: Visit) -> Step:
    """Run the item processor once for each item; the result is the list of its outputs."""
    flow, processor = visit.flow, visit.state["ItemProcessor"]
    if not flow.children:
        start = processor["StartAt"]
        flow.children = [
            Flow(processor["States"], Place(start, value, visit.place.variables), Item(index, value))
            for index, value in enumerate(items(visit))
        ]
    limit = number(visit, "MaxConcurrency", 0) or MOST_ITERATIONS_AT_ONCE
    visit.record("MapStateStarted", "mapStateStartedEventDetails", length=len(flow.children))
    return _results(visit, "Map", min(limit, MOST_ITERATIONS_AT_ONCE))


def items(visit: Visit) -> list[Any]:
    """Return what `Items` gives, or the input."""
    found = visit.language.items(visit)
    if not isinstance(found, list):
        cause = f"A Map's items are an array, not {json.dumps(found)[:200]}"
        given = {"Items", "ItemsPath"} & set(visit.state)
        raise StateError(visit.language.mistyped if given else RUNTIME, cause)
    return found


def number(visit: Visit, field: str, default: float) -> Any:
    """Return a field's number, which may be given by an expression."""
    found = visit.language.field(visit, field, default)
    if isinstance(found, bool) or not isinstance(found, int | float) or found < 0:
        cause = f"'{field}' is a number of at least 0, not {json.dumps(found)}"
        raise StateError(visit.language.mistyped, cause)
    return found


def selected(visit: Visit, item: Item) -> Any:
    """Return what `ItemSelector` makes of an item; without one, the item."""
    if "ItemSelector" not in visit.state:
        return item.value
    within = dataclasses.replace(visit, item=item)
    return within.language.evaluate(within, visit.state["ItemSelector"])


def _results(visit: Visit, kind: str, limit: int) -> Step:
    flow = visit.flow
    with visit.control.halt.scope() as halt:
        control = dataclasses.replace(visit.control, halt=halt, alone=False)
        left = [child for child in flow.children if child.status != "SUCCEEDED"]
        works = [functools.partial(_run, visit, child, control) for child in left]
        failure = work.all_of(works, min(limit, len(works)), halt.set)
    flow.last_event = max([flow.last_event, *(child.last_event for child in flow.children)])
    if failure is None:
        visit.control.check()
        result = [child.output for child in flow.children]
        visit.record(f"{kind}StateSucceeded")
        return visit.language.result(visit, result)
    visit.execution.break_off_children(flow)
    visit.record(f"{kind}StateFailed")
    if isinstance(failure, StateError) and failure.error == DATA_LIMIT:
        # A redrive does all of it again, as AWS does.
        flow.children = []
    raise failure


def _run(visit: Visit, child: Flow, control: Control) -> None:
    begun, child.status = child.last_event > 0, "RUNNING"
    child.last_event = max(child.last_event, visit.flow.last_event)
    _tell(visit, child, "Started")
    try:
        if not begun and visit.state["Type"] == "Map" and child.item is not None:
            child.enter(dataclasses.replace(child.place, input=selected(visit, child.item)))
        child.output = visit.follow(child, control)
    except StateError:
        _tell(visit, child, "Failed")
        child.status = "FAILED"
        raise
    _tell(visit, child, "Succeeded")
    child.status = "SUCCEEDED"


def _tell(visit: Visit, child: Flow, what: str) -> None:
    if visit.state["Type"] == "Map" and child.item is not None:
        told = {"name": visit.place.state, "index": child.item.index}
        visit.execution.record(child, f"MapIteration{what}", f"mapIteration{what}EventDetails", **told)
