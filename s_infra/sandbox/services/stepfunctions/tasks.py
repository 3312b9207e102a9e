"""Carries out a task's call on the sandbox's own endpoint and, for `.sync`, follows the job to its end."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from s_infra.sandbox.services.stepfunctions import shapes
from s_infra.sandbox.services.stepfunctions.errors import RUNTIME, TASK_FAILED, StateError

if TYPE_CHECKING:
    from s_infra.sandbox.services.stepfunctions.control import Control
    from s_infra.sandbox.services.stepfunctions.integrations import Integration, Job

POLL_FIRST_S = 0.02
POLL_LONGEST_S = 0.1
ClientOf = Callable[[str], Any]


def carry_out(
    integration: Integration,
    arguments: Any,
    client_of: ClientOf,
    control: Control,
    submitted: Callable[[Any], None],
) -> Any:
    """Return the task's result. `submitted` is told the answer to the call that starts a job.

    Raises StateError with the name that Retry and Catch match; stops a job that was started when the task's
    time runs out or the execution ends.
    """
    if integration.service == "lambda" and not integration.sdk:
        return _invoke(integration, arguments, client_of, control)
    if integration.service == "sns" and not integration.sdk:
        arguments = _with_text(arguments, "Message")
    if integration.job is None:
        _, response = control.call(lambda: _call(integration, integration.operation, arguments, client_of))
        return _shaped(integration, integration.operation, response)
    # Not given up on half-way: a job whose start isn't known could not be stopped.
    given, started = _call(integration, integration.operation, arguments, client_of)
    submitted(_shaped(integration, integration.operation, started))
    try:
        return _follow(integration, integration.job, given, started, client_of, control)
    except BaseException:
        # Time-out, stop, or a failure to look at the job: none of them may leave it running.
        with contextlib.suppress(StateError):
            job = integration.job
            _send(integration, job.stop, job.stop_identity(given, started), client_of)
        raise


def _follow(
    integration: Integration,
    job: Job,
    given: Mapping[str, Any],
    started: Mapping[str, Any],
    client_of: ClientOf,
    control: Control,
) -> Any:
    pause = POLL_FIRST_S
    while True:
        description = _send(integration, job.describe, job.identity(given, started), client_of)
        found = _shaped(integration, job.describe, description)
        current = found[job.within] if job.within else found
        status = current[job.status]
        if status in job.succeeded:
            return current
        if status in job.failed:
            raise StateError(TASK_FAILED, json.dumps(current))
        control.wait(pause)
        pause = min(pause * 1.5, POLL_LONGEST_S)


def _invoke(integration: Integration, arguments: Any, client_of: ClientOf, control: Control) -> Any:
    _, invoked = control.call(lambda: _call(integration, "Invoke", arguments, client_of))
    result = _shaped(integration, "Invoke", invoked)
    text = result.get("Payload") or "null"
    try:
        payload = json.loads(text)
    except json.JSONDecodeError:
        payload = text
    if "FunctionError" in result:
        name = payload.get("errorType") if isinstance(payload, dict) else None
        raise StateError(name or "Lambda.Unknown", text)
    return {**result, "Payload": payload}


def _call(
    integration: Integration, operation: str, arguments: Any, client_of: ClientOf
) -> tuple[dict[str, Any], dict[str, Any]]:
    model = shapes.service_model(integration.service).operation_model(operation)
    given = shapes.request(arguments, model.input_shape, sdk=integration.sdk)
    return given, _send(integration, operation, given, client_of)


def _send(
    integration: Integration, operation: str, parameters: Mapping[str, Any], client_of: ClientOf
) -> dict[str, Any]:
    method = getattr(client_of(integration.service), xform_name(operation))
    try:
        response: dict[str, Any] = method(**parameters)
    except ParamValidationError as error:
        raise StateError(RUNTIME, str(error)) from error
    except ClientError as error:
        told = error.response.get("Error", {})
        name = shapes.error_name(
            integration.prefix, integration.unnamed, integration.service, told.get("Code", "Unknown")
        )
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        cause = f"{told.get('Message', '')} (Service: {integration.prefix}, Status Code: {status}, "
        raise StateError(name, f"{cause}Error Code: {told.get('Code')})") from error
    except BotoCoreError as error:
        raise StateError(f"{integration.prefix}.SdkClientException", str(error)) from error
    return response


def _shaped(integration: Integration, operation: str, response: Mapping[str, Any]) -> Any:
    model = shapes.service_model(integration.service).operation_model(operation)
    return shapes.answer(response, model.output_shape, sdk=integration.sdk)


def _with_text(arguments: Any, field: str) -> Any:
    if isinstance(arguments, dict) and not isinstance(arguments.get(field, ""), str):
        return {**arguments, field: json.dumps(arguments[field])}
    return arguments
