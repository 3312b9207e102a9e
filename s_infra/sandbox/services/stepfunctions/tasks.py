"""Carries out a task's call on the sandbox's own endpoint, and follows what it started to its end."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from s_infra.sandbox.service_models import service_model
from s_infra.sandbox.services.stepfunctions import shapes
from s_infra.sandbox.services.stepfunctions.errors import RUNTIME, TASK_FAILED, StateError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s_infra.sandbox.services.stepfunctions.changes import Changes
    from s_infra.sandbox.services.stepfunctions.control import Control
    from s_infra.sandbox.services.stepfunctions.integrations import Integration
    from s_infra.sandbox.services.stepfunctions.optimized import Job
    from s_infra.sandbox.services.stepfunctions.tokens import Tokens
    from s_infra.sandbox.services.stepfunctions.visit import ClientOf

POLL_FIRST_S = 0.02
# The services tell of a job's end; this is for a job that vanished.
POLL_LONGEST_S = 0.5


@dataclass(frozen=True)
class Call:
    """One call of a task. `submitted` is told the answer to the call that starts what is waited for."""

    integration: Integration
    arguments: Any
    client_of: ClientOf
    changes: Changes
    control: Control
    submitted: Callable[[Any], None]

    def result(self) -> Any:
        """Return the task's result.

        Raises StateError with the name that Retry and Catch match; stops a job that was started when the
        task's time runs out or the execution ends.
        """
        if self.integration.job is not None:
            return self._job(self.integration.job)
        response = self.control.call(self._made)
        return self._read(response)

    def answered(self, token: str, tokens: Tokens) -> Any:
        """Make the call, then return what is sent for `token`."""
        box = tokens.expect(token, self.control.heartbeat)
        try:
            self.submitted(self._read(self.control.call(self._made)))
            answer = self.control.take(box)
        finally:
            tokens.forget(token)
        if isinstance(answer, StateError):
            raise answer
        return answer

    def _job(self, job: Job) -> Any:
        # Not given up on half-way: a job whose start isn't known could not be stopped.
        given = self._given()
        started = self._send(self.integration.operation, given)
        self.submitted(self._shaped(self.integration.operation, started))
        try:
            return self._follow(job, job.identity(given, started))
        except BaseException:
            # Time-out, stop, or a failure to look at the job: none of them may leave it running.
            with contextlib.suppress(StateError):
                self._send(job.stop, job.stop_identity(given, started))
            raise

    def _follow(self, job: Job, identity: Mapping[str, Any]) -> Any:
        pause = POLL_FIRST_S
        with self.changes.of(identity) as changed:
            while True:
                found = self._shaped(job.describe, self._send(job.describe, identity))
                current = found[job.within] if job.within else found
                status = current[job.status]
                if status in job.succeeded:
                    return job.result(current)
                if status in job.failed:
                    raise StateError(TASK_FAILED, json.dumps(job.result(current)))
                self.control.wait_for(changed, pause)
                pause = min(pause * 1.5, POLL_LONGEST_S)

    def _given(self) -> dict[str, Any]:
        model = service_model(self.integration.service).operation_model(self.integration.operation)
        arguments = self.integration.before(self.arguments)
        found = shapes.request(arguments, model.input_shape, names=self.integration.names)
        return dict(found)

    def _made(self) -> dict[str, Any]:
        return self._send(self.integration.operation, self._given())

    def _read(self, response: Mapping[str, Any]) -> Any:
        return self.integration.after(self._shaped(self.integration.operation, response))

    def _send(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        integration = self.integration
        method = getattr(self.client_of(integration.service), xform_name(operation))
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

    def _shaped(self, operation: str, response: Mapping[str, Any]) -> Any:
        model = service_model(self.integration.service).operation_model(operation)
        return shapes.answer(response, model.output_shape, names=self.integration.names)
