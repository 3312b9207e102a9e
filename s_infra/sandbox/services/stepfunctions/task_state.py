"""One attempt of a Task: what is evaluated before the call, recorded around it, made of its result."""

from __future__ import annotations

import dataclasses
import json
import time
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.stepfunctions import integrations, tasks
from s_infra.sandbox.services.stepfunctions.control import Heartbeat
from s_infra.sandbox.services.stepfunctions.errors import (
    HEARTBEAT_TIMEOUT,
    QUERY_EVALUATION,
    RUNTIME,
    TIMEOUT,
    StateError,
    limited,
)
from s_infra.sandbox.services.stepfunctions.visit import Step, Visit, step

if TYPE_CHECKING:
    from s_infra.sandbox.services.stepfunctions.integrations import Integration


def attempt(visit: Visit) -> Step:
    """Make the call, wait for what it waits for, and return where its result leads."""
    integration = integrations.find(visit.state["Resource"])
    if integration is None:
        raise StateError(RUNTIME, f"s-infra sandbox: {visit.state['Resource']} isn't carried out")
    if integration.waits_for_token:
        visit = dataclasses.replace(visit, token=visit.outside.tokens.new())
    result = _result(visit, integration)
    return step(visit, visit.state, result, result=result)


def _result(visit: Visit, integration: Integration) -> Any:
    arguments = visit.evaluate(visit.state.get("Arguments", {}))
    seconds, beat = _seconds(visit, "TimeoutSeconds"), _seconds(visit, "HeartbeatSeconds")
    if seconds is not None and beat is not None and beat >= seconds:
        raise StateError(RUNTIME, "'HeartbeatSeconds' is less than 'TimeoutSeconds'")
    names = {"resourceType": integration.resource_type, "resource": integration.resource}
    scheduled = {"region": visit.outside.region, "parameters": limited(arguments, "The task's arguments")}
    limits = {"timeoutInSeconds": seconds, "heartbeatInSeconds": beat}
    visit.record("TaskScheduled", "taskScheduledEventDetails", **names, **scheduled, **limits)
    visit.record("TaskStarted", "taskStartedEventDetails", **names)
    control = dataclasses.replace(
        visit.control,
        task_deadline=None if seconds is None else time.monotonic() + seconds,
        heartbeat=None if beat is None else Heartbeat(beat),
    )

    def submitted(answer: Any) -> None:
        visit.record("TaskSubmitted", "taskSubmittedEventDetails", **names, output=json.dumps(answer))

    call = tasks.Call(integration, arguments, visit.outside.client_of, control, submitted)
    try:
        token = visit.token
        result = call.result() if token is None else call.answered(token, visit.outside.tokens)
        output = limited(result, "The task's result")
    except StateError as error:
        kind = "TaskTimedOut" if error.error in (TIMEOUT, HEARTBEAT_TIMEOUT) else "TaskFailed"
        key = f"{kind[0].lower()}{kind[1:]}EventDetails"
        visit.record(kind, key, **names, error=error.error, cause=error.cause)
        raise
    visit.record("TaskSucceeded", "taskSucceededEventDetails", **names, output=output)
    return result


def _seconds(visit: Visit, field: str) -> int | None:
    if field not in visit.state:
        return None
    seconds = visit.evaluate(visit.state[field])
    if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds < 1:
        raise StateError(QUERY_EVALUATION, f"'{field}' is a positive integer, not {json.dumps(seconds)}")
    return seconds
