"""Runs an execution: from state to state, in a thread of its own."""

from __future__ import annotations

import functools
import logging
import time
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.stepfunctions import branches, simple_states, task_state
from s_infra.sandbox.services.stepfunctions.control import Control
from s_infra.sandbox.services.stepfunctions.errors import (
    QUERY_EVALUATION,
    RUNTIME,
    TIMEOUT,
    ExecutionEndedError,
    HistoryFullError,
    StateError,
    limited,
)
from s_infra.sandbox.services.stepfunctions.flow import Flow, Place
from s_infra.sandbox.services.stepfunctions.handlers import handled
from s_infra.sandbox.services.stepfunctions.maps import distributed
from s_infra.sandbox.services.stepfunctions.visit import Visit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s_infra.sandbox.services.stepfunctions.execution import Execution
    from s_infra.sandbox.services.stepfunctions.languages.language import Step
    from s_infra.sandbox.services.stepfunctions.visit import Outside

logger = logging.getLogger(__name__)


def run(execution: Execution, outside: Outside) -> None:
    """Run `execution` on from where it is; whatever happens it ends with a status and a cause."""
    root = execution.root
    seconds = execution.machine.definition.get("TimeoutSeconds")
    deadline = None if seconds is None else time.monotonic() + float(seconds)
    control = Control(execution.halt, machine_deadline=deadline)
    try:
        output = follow(execution, outside, root, control)
        execution.finish("SUCCEEDED", of=root, output_text=limited(output, "The execution's output"))
    except StateError as error:
        execution.finish("FAILED", of=root, error=error.error, cause=error.cause)
    except HistoryFullError as error:
        execution.finish("FAILED", of=root, error=RUNTIME, cause=error.CAUSE)
    except ExecutionEndedError:
        if control.halt.is_set():
            # Nothing happens here when StopExecution has set the status already.
            execution.finish("ABORTED", of=root)
        else:
            cause = f"The machine's {seconds} seconds ran out"
            execution.finish("TIMED_OUT", of=root, error=TIMEOUT, cause=cause)
    except Exception as error:
        logger.exception("execution %s", execution.arn)
        execution.finish("FAILED", of=root, error=RUNTIME, cause=f"s-infra sandbox: {error!r}")


def follow(execution: Execution, outside: Outside, flow: Flow, control: Control) -> Any:
    """Go through the states of `flow`, from the one it is in to the last; return that one's output."""
    on = functools.partial(follow, execution, outside)
    while True:
        control.check()
        visit = Visit(execution, flow, control, outside, on, time.time())
        step = _visited(visit)
        if step.next is None:
            return step.output
        flow.enter(Place(step.next, step.output, {**visit.place.variables, **step.assigned}))


def _visited(visit: Visit) -> Step:
    kind, name = visit.state["Type"], visit.place.state
    entered = limited(visit.place.input, "The state's input")
    visit.record(f"{kind}StateEntered", "stateEnteredEventDetails", name=name, input=entered)
    try:
        step = STATES[kind](visit)
    except StateError as error:
        if error.error == QUERY_EVALUATION:
            told = {"state": name, "error": error.error, "cause": error.cause}
            visit.record("EvaluationFailed", "evaluationFailedEventDetails", **told)
        raise
    limited(step.assigned, "The assigned variables")
    left: dict[str, Any] = {"name": name, "output": limited(step.output, "The state's output")}
    if step.assigned:
        assigned = {variable: limited(value, variable) for variable, value in step.assigned.items()}
        left["assignedVariables"] = assigned
    visit.record(f"{kind}StateExited", "stateExitedEventDetails", **left)
    return step


def _map(visit: Visit) -> Step:
    run_map = distributed.run if distributed.is_distributed(visit.state) else branches.inline_map
    return run_map(visit)


STATES: Mapping[str, Callable[[Visit], Step]] = {
    "Pass": simple_states.go_on,
    "Succeed": simple_states.succeed,
    "Fail": simple_states.fail,
    "Choice": simple_states.choose,
    "Wait": simple_states.wait,
    "Task": handled(task_state.attempt),
    "Parallel": handled(branches.parallel),
    "Map": handled(_map),
}
