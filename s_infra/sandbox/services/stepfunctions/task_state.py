"""One attempt of a Task: what is evaluated before the call, recorded around it, made of its result."""

from __future__ import annotations

import dataclasses
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.stepfunctions import integrations, tasks
from s_infra.sandbox.services.stepfunctions.control import Heartbeat
from s_infra.sandbox.services.stepfunctions.errors import (
    HEARTBEAT_TIMEOUT,
    RUNTIME,
    TIMEOUT,
    StateError,
    limited,
)

if TYPE_CHECKING:
    from s_infra.sandbox.services.stepfunctions.integrations import Integration
    from s_infra.sandbox.services.stepfunctions.languages.language import Step
    from s_infra.sandbox.services.stepfunctions.visit import Visit


def attempt(visit: Visit) -> Step:
    """Make the call, wait for what it waits for, and return where its result leads."""
    integration = integrations.find(visit.state["Resource"])
    if integration is None:
        raise StateError(RUNTIME, f"s-infra sandbox: {visit.state['Resource']} isn't carried out")
    if integration.waits_for_token:
        visit = dataclasses.replace(visit, token=visit.outside.tokens.new())
    result = _result(visit, integration)
    return visit.language.result(visit, result)


def _result(visit: Visit, integration: Integration) -> Any:
    arguments = visit.language.arguments(visit, visit.place.input)
    seconds, beat = _seconds(visit, "TimeoutSeconds"), _seconds(visit, "HeartbeatSeconds")
    if seconds is not None and beat is not None and beat >= seconds:
        raise StateError(RUNTIME, "'HeartbeatSeconds' is less than 'TimeoutSeconds'")
    control = dataclasses.replace(
        visit.control,
        task_deadline=None if seconds is None else time.monotonic() + seconds,
        heartbeat=None if beat is None else Heartbeat(beat),
    )
    told = _Told(visit, integration)
    told.scheduled(limited(arguments, "The task's arguments"), seconds, beat)
    call = tasks.Call(integration, arguments, visit.client_of, visit.outside.changes, control, told.submitted)
    try:
        token = visit.token
        result = call.result() if token is None else call.answered(token, visit.outside.tokens)
        output = limited(result, "The task's result")
    except StateError as error:
        timed_out = error.error in (TIMEOUT, HEARTBEAT_TIMEOUT)
        told.ended("TimedOut" if timed_out else "Failed", error=error.error, cause=error.cause)
        raise
    told.ended("Succeeded", output=output)
    return result


@dataclass(frozen=True)
class _Told:
    """What the history tells of a call; a function by its bare ARN has events of another name."""

    visit: Visit
    integration: Integration

    def scheduled(self, arguments: str, seconds: int | None, beat: int | None) -> None:
        limits = {"timeoutInSeconds": seconds, "heartbeatInSeconds": beat}
        if self.integration.bare:
            del limits["heartbeatInSeconds"]
            self._tell("Scheduled", resource=self.integration.resource, input=arguments, **limits)
            self.visit.record("LambdaFunctionStarted")
        else:
            region = self.visit.outside.region
            self._tell("Scheduled", region=region, parameters=arguments, **limits)
            self._tell("Started")

    def submitted(self, answer: Any) -> None:
        self._tell("Submitted", output=json.dumps(answer))

    def ended(self, how: str, **details: Any) -> None:
        self._tell(how, **details)

    def _tell(self, what: str, **details: Any) -> None:
        if self.integration.bare:
            self.visit.record(f"LambdaFunction{what}", f"lambdaFunction{what}EventDetails", **details)
            return
        names = {"resourceType": self.integration.resource_type, "resource": self.integration.resource}
        self.visit.record(f"Task{what}", f"task{what}EventDetails", **names, **details)


def _seconds(visit: Visit, field: str) -> int | None:
    seconds = visit.language.field(visit, field)
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds < 1:
        cause = f"'{field}' is a positive integer, not {json.dumps(seconds)}"
        raise StateError(visit.language.mistyped, cause)
    return seconds
