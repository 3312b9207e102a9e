"""Step Functions: the base keeps the machines; definitions are checked and executions are run here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from s_infra.sandbox import constraints
from s_infra.sandbox.services.stepfunctions.definition import Problem, problems
from s_infra.sandbox.services.stepfunctions.errors import RefusedError
from s_infra.sandbox.services.stepfunctions.execution import Machine
from s_infra.sandbox.services.stepfunctions.executions import Executions
from s_infra.sandbox.services.stepfunctions.publishing import Publisher

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from s_infra.sandbox.base import Base, Handler, Response

CONTENT_TYPE = {"Content-Type": "application/x-amz-json-1.0"}
# What the base does rightly with machines themselves.
OF_THE_BASE = (
    "ListStateMachines",
    "ListStateMachineVersions",
    "ListTagsForResource",
    "TagResource",
    "UntagResource",
)
OF_EXECUTIONS: Mapping[str, Callable[[Executions, Mapping[str, Any]], dict[str, Any]]] = {
    "StopExecution": Executions.stop,
    "DescribeExecution": Executions.describe,
    "ListExecutions": Executions.list,
    "GetExecutionHistory": Executions.history,
    "RedriveExecution": Executions.redrive,
    "DescribeStateMachineForExecution": Executions.machine_of,
}
# Everything that is answered; each of the rest is refused by name.
OPERATIONS = frozenset(
    {
        *("CreateStateMachine", "DeleteStateMachine", "DescribeStateMachine", "StartExecution"),
        *("UpdateStateMachine", "ValidateStateMachineDefinition"),
        *OF_THE_BASE,
        *OF_EXECUTIONS,
    }
)
REFUSED_FIELDS = ("publish",)
# The base forgets it. X-Ray, which would show the traces, is refused, so that nobody waits for one.
TRACING = "tracingConfiguration"


def install(base: Base) -> None:
    """Put the checks and the engine in front of the base's service."""
    publisher = Publisher(base.put_aws_event("aws.states"), lambda: base.client("logs"))
    executions = Executions(base.client, base.region, publisher.publish)
    service = StepFunctions(base.handler("states"), executions)
    base.keep_state("stepfunctions", service.dump, service.restore)
    base.wrap_service("states", lambda _: service.handle)


class StepFunctions:
    """Answers the requests of the service `states`."""

    def __init__(self, inner: Handler, executions: Executions) -> None:
        self._inner = inner
        self._executions = executions
        self._tracing: dict[str, Any] = {}

    def dump(self) -> tuple[object, Sequence[str]]:
        """Return what the base doesn't keep of machines, and the names of the executions that end."""
        kept, lost = self._executions.dump()
        return {"executions": kept, "tracing": self._tracing}, lost

    def restore(self, content: Mapping[str, Any]) -> None:
        """Take up what `dump` gave."""
        self._executions.restore(content["executions"])
        self._tracing.update(content["tracing"])

    async def handle(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Response:
        """Answer one request, in the shape of the base's handlers."""
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        try:
            request = json.loads(body or b"{}")
        except ValueError as problem:
            content = {"__type": "SerializationException", "message": f"The request is no JSON: {problem}"}
            return 400, dict(CONTENT_TYPE), json.dumps(content).encode()

        async def inner(operation: str, content: Mapping[str, Any]) -> Response:
            target = {**headers, "x-amz-target": f"AWSStepFunctions.{operation}"}
            return await self._inner(method, path, target, json.dumps(content).encode(), query)

        try:
            if action not in OPERATIONS:
                what = f"states:{action}"
                raise RefusedError("UnknownOperationException", f"s-infra sandbox: {what} isn't carried out")
            _check_shape(action, request)
            if action in OF_THE_BASE:
                return await inner(action, request)
            if action in ("CreateStateMachine", "UpdateStateMachine"):
                _check(action, request)
                return self._remember_tracing(request, await inner(action, request))
            if action == "DescribeStateMachine":
                return self._give_tracing_back(await inner(action, request))
            if action == "DeleteStateMachine":
                self._executions.end_all_of(str(request.get("stateMachineArn")))
                self._tracing.pop(str(request.get("stateMachineArn")), None)
                return await inner(action, request)
            return _answer(await self._own(action, request, inner))
        except RefusedError as error:
            content = {"__type": error.code, "message": error.message}
            return 400, dict(CONTENT_TYPE), json.dumps(content).encode()

    def _remember_tracing(self, request: Mapping[str, Any], response: Response) -> Response:
        status, _, body = response
        if status == 200 and TRACING in request:
            arn = request.get("stateMachineArn") or json.loads(body)["stateMachineArn"]
            self._tracing[str(arn)] = request[TRACING]
        return response

    def _give_tracing_back(self, response: Response) -> Response:
        status, headers, body = response
        if status != 200:
            return response
        described = json.loads(body)
        described[TRACING] = self._tracing.get(described["stateMachineArn"], {"enabled": False})
        return status, headers, json.dumps(described).encode()

    async def _own(
        self, action: str, request: Mapping[str, Any], inner: Callable[..., Any]
    ) -> dict[str, Any]:
        if action == "ValidateStateMachineDefinition":
            return validation(problems(str(request.get("definition", ""))))
        if action == "StartExecution":
            machine = await _machine(str(request.get("stateMachineArn")), inner)
            return self._executions.start(machine, request)
        return OF_EXECUTIONS[action](self._executions, request)


async def _machine(arn: str, inner: Callable[..., Any]) -> Machine:
    status, _, body = await inner("DescribeStateMachine", {"stateMachineArn": arn})
    found = json.loads(body)
    if status != 200:
        raise RefusedError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
    if found["stateMachineArn"] != arn or arn.count(":") > 6:
        raise RefusedError(
            "InvalidArn", "s-infra sandbox: states:StartExecution of a version isn't carried out"
        )
    return Machine(
        arn=arn,
        name=found["name"],
        role_arn=found["roleArn"],
        definition=json.loads(found["definition"]),
        text=found["definition"],
        logging=found.get("loggingConfiguration", {}),
        update_date=found["creationDate"],
    )


def _check_shape(action: str, request: Mapping[str, Any]) -> None:
    # Names, ARNs and sizes have errors of their own here: InvalidName, InvalidArn, InvalidExecutionInput.
    found = [
        problem
        for problem in constraints.problems("stepfunctions", action, request)
        if problem.kind in ("null", "unknown", "type", "enum", "range")
    ]
    if found:
        raise RefusedError("ValidationException", constraints.message(found))


def _check(action: str, request: Mapping[str, Any]) -> None:
    for field in REFUSED_FIELDS:
        if request.get(field):
            raise RefusedError(
                "ValidationException", f"s-infra sandbox: states:{action} {field} isn't carried out"
            )
    if request.get("type", "STANDARD") != "STANDARD":
        what = f"states:{action} type {request['type']}"
        raise RefusedError("StateMachineTypeNotSupported", f"s-infra sandbox: {what} isn't carried out")
    if "definition" in request or action == "CreateStateMachine":
        found = problems(request.get("definition", ""))
        if found:
            listed = ", ".join(str(problem) for problem in found)
            raise RefusedError("InvalidDefinition", f"Invalid State Machine Definition: '{listed}'")
    logging = request.get("loggingConfiguration", {})
    if logging.get("level", "OFF") != "OFF" and not logging.get("destinations"):
        raise RefusedError(
            "InvalidLoggingConfiguration", "Invalid Logging Configuration: a destination is required"
        )


def validation(found: list[Problem]) -> dict[str, Any]:
    """Return the answer of ValidateStateMachineDefinition."""
    diagnostics = [
        {"severity": "ERROR", "code": problem.code, "message": problem.message, "location": problem.location}
        for problem in found
    ]
    return {"result": "FAIL" if found else "OK", "diagnostics": diagnostics, "truncated": False}


def _answer(content: Mapping[str, Any]) -> Response:
    return 200, dict(CONTENT_TYPE), json.dumps(content).encode()
