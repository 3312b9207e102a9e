"""Runs an execution, state by state, in a thread of its own."""

from __future__ import annotations

import dataclasses
import json
import logging
import random
import time
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.stepfunctions import expressions, integrations, tasks
from s_infra.sandbox.services.stepfunctions.control import Control
from s_infra.sandbox.services.stepfunctions.errors import (
    ALL,
    NO_CHOICE_MATCHED,
    QUERY_EVALUATION,
    RUNTIME,
    TASK_FAILED,
    TERMINAL,
    TIMEOUT,
    ExecutionEndedError,
    StateError,
    limited,
)
from s_infra.sandbox.services.stepfunctions.execution import Execution, Place, iso

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.services.stepfunctions.integrations import Integration

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Visit:
    """One stay in a state: what its expressions see."""

    execution: Execution
    state: Mapping[str, Any]
    place: Place
    entered: str
    control: Control
    region: str
    client_of: tasks.ClientOf
    retries: int = 0

    def evaluate(self, template: Any, **extra: Any) -> Any:
        """Return `template` evaluated; `extra` are `result` or `errorOutput` of `$states`."""
        context = self.execution.context(self.place.state, self.entered, self.retries)
        states = {"input": self.place.input, "context": context, **extra}
        return expressions.evaluate(template, states, self.place.variables)


@dataclass(frozen=True)
class Step:
    """Where a state leads: its output, the variables it sets, and the next state (None at the end)."""

    output: Any
    assigned: Mapping[str, Any]
    next: str | None


def run(execution: Execution, client_of: tasks.ClientOf, region: str) -> None:
    """Run `execution` from its place to its end; whatever happens it ends with a status and a cause."""
    seconds = execution.machine.definition.get("TimeoutSeconds")
    deadline = None if seconds is None else time.monotonic() + float(seconds)
    control = Control(execution.ended, machine_deadline=deadline)
    try:
        output = _states(execution, control, client_of, region)
        execution.finish("SUCCEEDED", output_text=limited(output, "The execution's output"))
    except StateError as error:
        execution.finish("FAILED", error=error.error, cause=error.cause)
    except ExecutionEndedError:
        # Nothing happens here when StopExecution has set the status already.
        execution.finish("TIMED_OUT", error=TIMEOUT, cause=f"The machine's {seconds} seconds ran out")
    except Exception as error:
        logger.exception("execution %s", execution.arn)
        execution.finish("FAILED", error=RUNTIME, cause=f"s-infra sandbox: {error!r}")


def _states(execution: Execution, control: Control, client_of: tasks.ClientOf, region: str) -> Any:
    while True:
        control.check()
        place = execution.place
        state = execution.machine.definition["States"][place.state]
        visit = Visit(execution, state, place, iso(time.time()), control, region, client_of)
        kind = state["Type"]
        entered = {"name": place.state, "input": limited(place.input, "The state's input")}
        execution.record(f"{kind}StateEntered", "stateEnteredEventDetails", **entered)
        try:
            step = STATES[kind](visit)
        except StateError as error:
            if error.error == QUERY_EVALUATION:
                execution.record(
                    "EvaluationFailed",
                    "evaluationFailedEventDetails",
                    state=place.state,
                    error=error.error,
                    cause=error.cause,
                )
            raise
        left = {"name": place.state, "output": limited(step.output, "The state's output")}
        execution.record(f"{kind}StateExited", "stateExitedEventDetails", **left)
        if step.next is None:
            return step.output
        execution.place = Place(step.next, step.output, {**place.variables, **step.assigned})


def _step(visit: Visit, fields: Mapping[str, Any], default: Any, **extra: Any) -> Step:
    # Output and Assign both see the variables as they were when the state was entered.
    output = visit.evaluate(fields["Output"], **extra) if "Output" in fields else default
    assigned = visit.evaluate(fields.get("Assign", {}), **extra)
    return Step(output, assigned, fields.get("Next"))


def _pass(visit: Visit) -> Step:
    return _step(visit, visit.state, visit.place.input)


def _succeed(visit: Visit) -> Step:
    return _step(visit, visit.state, visit.place.input)


def _fail(visit: Visit) -> Step:
    told = {field: visit.evaluate(visit.state.get(field, "")) for field in ("Error", "Cause")}
    for field, value in told.items():
        if not isinstance(value, str):
            raise StateError(QUERY_EVALUATION, f"The field '{field}' is a string, not {json.dumps(value)}")
    raise StateError(told["Error"], told["Cause"])


def _choice(visit: Visit) -> Step:
    for rule in visit.state["Choices"]:
        condition = visit.evaluate(rule["Condition"])
        if not isinstance(condition, bool):
            cause = f"The condition {rule['Condition']} gave {json.dumps(condition)}, which is not a boolean"
            raise StateError(QUERY_EVALUATION, cause)
        if condition:
            return _step(visit, rule, visit.place.input)
    if "Default" not in visit.state:
        raise StateError(NO_CHOICE_MATCHED, f"No rule of the state '{visit.place.state}' holds")
    return dataclasses.replace(_step(visit, visit.state, visit.place.input), next=visit.state["Default"])


def _wait(visit: Visit) -> Step:
    if "Seconds" in visit.state:
        seconds = visit.evaluate(visit.state["Seconds"])
        if not isinstance(seconds, int) or seconds < 0:
            raise StateError(QUERY_EVALUATION, f"'Seconds' is a whole number, not {json.dumps(seconds)}")
    else:
        seconds = _until(visit.evaluate(visit.state["Timestamp"])) - time.time()
    visit.control.wait(max(0.0, seconds))
    return _step(visit, visit.state, visit.place.input)


def _until(text: Any) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except (TypeError, ValueError) as error:
        raise StateError(QUERY_EVALUATION, f"'Timestamp' is a date, not {json.dumps(text)}") from error


def _task(visit: Visit) -> Step:
    attempts: dict[int, int] = {}
    while True:
        visit = dataclasses.replace(visit, retries=sum(attempts.values()))
        try:
            result = _attempt(visit)
            return _step(visit, visit.state, result, result=result)
        except StateError as error:
            delay = _retry_delay(visit.state.get("Retry", []), error, attempts)
            if delay is None:
                return _caught(visit, error)
            visit.control.wait(delay)


def _attempt(visit: Visit) -> Any:
    integration = integrations.find(visit.state["Resource"])
    if integration is None:
        raise StateError(RUNTIME, f"s-infra sandbox: {visit.state['Resource']} isn't carried out")
    arguments = visit.evaluate(visit.state.get("Arguments", {}))
    seconds = visit.evaluate(visit.state["TimeoutSeconds"]) if "TimeoutSeconds" in visit.state else None
    deadline = None if seconds is None else time.monotonic() + seconds
    names = {"resourceType": integration.resource_type, "resource": integration.resource}
    record = visit.execution.record
    parameters = limited(arguments, "The task's arguments")
    scheduled = {**names, "region": visit.region, "parameters": parameters, "timeoutInSeconds": seconds}
    record("TaskScheduled", "taskScheduledEventDetails", **scheduled)
    record("TaskStarted", "taskStartedEventDetails", **names)

    def submitted(answer: Any) -> None:
        record("TaskSubmitted", "taskSubmittedEventDetails", **names, output=json.dumps(answer))

    control = dataclasses.replace(visit.control, task_deadline=deadline)
    try:
        result = tasks.carry_out(integration, arguments, visit.client_of, control, submitted)
        output = limited(result, "The task's result")
    except StateError as error:
        _record_failure(visit, integration, error)
        raise
    record("TaskSucceeded", "taskSucceededEventDetails", **names, output=output)
    return result


def _record_failure(visit: Visit, integration: Integration, error: StateError) -> None:
    kind = "TaskTimedOut" if error.error == TIMEOUT else "TaskFailed"
    visit.execution.record(
        kind,
        f"{kind[0].lower()}{kind[1:]}EventDetails",
        resourceType=integration.resource_type,
        resource=integration.resource,
        error=error.error,
        cause=error.cause,
    )


def matches(names: list[str], error: str) -> bool:
    """Tell whether an `ErrorEquals` list holds for an error's name."""
    if error in names:
        return True
    if error in TERMINAL:
        return False
    return ALL in names or (TASK_FAILED in names and error != TIMEOUT)


def _retry_delay(
    retriers: list[Mapping[str, Any]], error: StateError, attempts: dict[int, int]
) -> float | None:
    for index, retrier in enumerate(retriers):
        if not matches(retrier["ErrorEquals"], error.error):
            continue
        done = attempts.get(index, 0)
        if done >= retrier.get("MaxAttempts", 3):
            return None
        attempts[index] = done + 1
        delay = float(retrier.get("IntervalSeconds", 1)) * float(retrier.get("BackoffRate", 2.0)) ** done
        delay = min(delay, float(retrier.get("MaxDelaySeconds", delay)))
        jitter = retrier.get("JitterStrategy") == "FULL"
        return random.uniform(0, delay) if jitter else delay  # noqa: S311 - spreads load, guards nothing
    return None


def _caught(visit: Visit, error: StateError) -> Step:
    for catcher in visit.state.get("Catch", []):
        if matches(catcher["ErrorEquals"], error.error):
            told = {"Error": error.error, "Cause": error.cause}
            return _step(visit, catcher, told, errorOutput=told)
    raise error


STATES = {"Pass": _pass, "Task": _task, "Choice": _choice, "Wait": _wait, "Succeed": _succeed, "Fail": _fail}
