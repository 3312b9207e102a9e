"""Step Functions: machines, their versions and aliases, and an interpreter that runs their executions."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

from s_infra.sandbox import constraints
from s_infra.sandbox.services.stepfunctions import kept, versions
from s_infra.sandbox.services.stepfunctions.definition import problems, validation
from s_infra.sandbox.services.stepfunctions.errors import RefusedError
from s_infra.sandbox.services.stepfunctions.executions import Executions
from s_infra.sandbox.services.stepfunctions.machines import Machines
from s_infra.sandbox.services.stepfunctions.publishing import Publisher

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from s_infra.sandbox.base import Base, Response

    Answer = Callable[[Mapping[str, Any]], dict[str, Any]]

# What a machine's role needs to have its log delivered ("Logging in CloudWatch", developer guide).
LOG_DELIVERY = (
    *("CreateLogDelivery", "GetLogDelivery", "UpdateLogDelivery", "DeleteLogDelivery"),
    *("ListLogDeliveries", "PutResourcePolicy", "DescribeResourcePolicies", "DescribeLogGroups"),
)
CONTENT_TYPE = {"Content-Type": "application/x-amz-json-1.0"}
# Everything that is answered; each of the rest is refused by name.
OPERATIONS = frozenset(
    {
        *("CreateStateMachine", "CreateStateMachineAlias", "DeleteStateMachine", "DeleteStateMachineAlias"),
        *("DeleteStateMachineVersion", "DescribeExecution", "DescribeMapRun", "DescribeStateMachine"),
        *("DescribeStateMachineAlias", "DescribeStateMachineForExecution", "GetExecutionHistory"),
        *("ListExecutions", "ListMapRuns", "ListStateMachineAliases", "ListStateMachineVersions"),
        *("ListStateMachines", "ListTagsForResource", "PublishStateMachineVersion", "RedriveExecution"),
        *("SendTaskFailure", "SendTaskHeartbeat", "SendTaskSuccess", "StartExecution", "StopExecution"),
        *("TagResource", "UntagResource", "UpdateStateMachine", "UpdateStateMachineAlias"),
        "ValidateStateMachineDefinition",
    }
)
# Of these fields nothing but the value given here is carried out.
ONLY: Mapping[str, Mapping[str, Any]] = {
    "CreateStateMachine": {"type": "STANDARD", "encryptionConfiguration": {"type": "AWS_OWNED_KEY"}},
    "DescribeExecution": {"includedData": "ALL_DATA"},
    "DescribeStateMachine": {"includedData": "ALL_DATA"},
    "DescribeStateMachineForExecution": {"includedData": "ALL_DATA"},
    "StartExecution": {"traceHeader": None},
    "UpdateStateMachine": {"encryptionConfiguration": {"type": "AWS_OWNED_KEY"}},
    "ValidateStateMachineDefinition": {"type": "STANDARD", "severity": "ERROR"},
}


def install(base: Base) -> None:
    """Serve Step Functions."""
    publisher = Publisher(base.put_aws_event("aws.states"), lambda: base.client("logs"))

    def client_in(role_arn: str) -> Callable[[str], Any]:
        # One name for all executions: on AWS each has its own, and here a client would be made for each.
        session = base.sessions.of(role_arn, "states", "StepFunctions")
        return lambda service: base.client(service, session)

    executions = Executions(client_in, base.region, publisher.publish)

    base.listen_to_aws_events(executions.changes.tell)

    def may_log(role_arn: str) -> bool:
        session = base.sessions.of(role_arn, "states", "StepFunctions")
        return all(base.access.acts(session, f"logs:{action}", "*") is None for action in LOG_DELIVERY)

    service = StepFunctions(Machines(base.region, base.account_id), executions, may_log)
    base.keep_state("stepfunctions", service.dump, service.restore)
    base.wrap_service("states", lambda _: service.handle)


class StepFunctions:
    """Answers the requests of the service `states`."""

    def __init__(self, machines: Machines, executions: Executions, may_log: Callable[[str], bool]) -> None:
        self._machines, self._may_log = machines, may_log
        self._executions = executions
        own = functools.partial
        self._answers: dict[str, Answer] = {
            "CreateStateMachine": self._create,
            "CreateStateMachineAlias": own(versions.create_alias, machines),
            "DeleteStateMachine": self._delete,
            "DeleteStateMachineAlias": own(versions.delete_alias, machines),
            "DeleteStateMachineVersion": own(versions.delete_version, machines),
            "DescribeExecution": executions.describe,
            "DescribeMapRun": executions.map_runs.describe,
            "DescribeStateMachine": lambda request: machines.describe(str(request["stateMachineArn"])),
            "DescribeStateMachineAlias": own(versions.describe_alias, machines),
            "DescribeStateMachineForExecution": executions.machine_of,
            "GetExecutionHistory": executions.history,
            "ListExecutions": self._list_executions,
            "ListMapRuns": self._list_map_runs,
            "ListStateMachineAliases": own(versions.list_aliases, machines),
            "ListStateMachineVersions": own(versions.list_versions, machines),
            "ListStateMachines": machines.list,
            "ListTagsForResource": machines.tags_of,
            "PublishStateMachineVersion": own(versions.publish, machines),
            "RedriveExecution": executions.redrive,
            "SendTaskFailure": executions.tokens.fail,
            "SendTaskHeartbeat": executions.tokens.beat,
            "SendTaskSuccess": executions.tokens.succeed,
            "StartExecution": self._start,
            "StopExecution": executions.stop,
            "TagResource": machines.tag,
            "UntagResource": machines.untag,
            "UpdateStateMachine": self._update,
            "UpdateStateMachineAlias": own(versions.update_alias, machines),
            "ValidateStateMachineDefinition": validation,
        }

    def dump(self) -> tuple[object, Sequence[str]]:
        """Return machines and executions, and the names of the executions that end."""
        content, lost = self._executions.dump()
        machines = [kept.dumped_machine(machine) for machine in self._machines.all.values()]
        return {**content, "machines": machines}, lost

    def restore(self, content: Mapping[str, Any]) -> None:
        """Take up what `dump` gave."""
        for fields in content["machines"]:
            self._machines.all[fields["arn"]] = kept.restored_machine(fields)
        self._executions.restore(content)

    async def handle(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Response:
        """Answer one request, in the shape of the base's handlers."""
        del method, path, query
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        try:
            return 200, dict(CONTENT_TYPE), json.dumps(self.answer(action, body)).encode()
        except RefusedError as error:
            content = {"__type": error.code, "message": error.message}
            return 400, dict(CONTENT_TYPE), json.dumps(content).encode()

    def answer(self, action: str, body: bytes) -> dict[str, Any]:
        """Return the answer to an operation. Raises RefusedError."""
        if action not in OPERATIONS:
            what = f"states:{action}"
            raise RefusedError("UnknownOperationException", f"s-infra sandbox: {what} isn't carried out")
        try:
            request = json.loads(body or b"{}")
        except ValueError as problem:
            raise RefusedError("SerializationException", f"The request is no JSON: {problem}") from problem
        _check_shape(action, request)
        _check_carried(action, request)
        return self._answers[action](request)

    def _create(self, request: Mapping[str, Any]) -> dict[str, Any]:
        _check_definition(request)
        self._check_logging(request, str(request["roleArn"]))
        machine = self._machines.create(request)
        return {
            "stateMachineArn": machine.arn,
            "creationDate": machine.date,
            **self._published(machine.arn, request),
        }

    def _update(self, request: Mapping[str, Any]) -> dict[str, Any]:
        _check_definition(request)
        if request.get("loggingConfiguration"):
            described = self._machines.describe(str(request["stateMachineArn"]))
            self._check_logging(request, str(request.get("roleArn") or described["roleArn"]))
        machine = self._machines.update(request)
        return {
            "updateDate": machine.revision.date,
            "revisionId": machine.revision.id,
            **self._published(machine.arn, request),
        }

    def _check_logging(self, request: Mapping[str, Any], role_arn: str) -> None:
        level = (request.get("loggingConfiguration") or {}).get("level", "OFF")
        if level != "OFF" and not self._may_log(role_arn):
            told = "The state machine IAM Role is not authorized to access the Log Destination"
            raise RefusedError("AccessDeniedException", told)

    def _published(self, arn: str, request: Mapping[str, Any]) -> dict[str, Any]:
        if not request.get("publish"):
            if request.get("versionDescription"):
                raise RefusedError(
                    "ValidationException", "Version description can only be set when publish is true"
                )
            return {}
        given = {"stateMachineArn": arn, "description": request.get("versionDescription")}
        published = versions.publish(self._machines, given)
        return {"stateMachineVersionArn": published["stateMachineVersionArn"]}

    def _delete(self, request: Mapping[str, Any]) -> dict[str, Any]:
        arn = str(request["stateMachineArn"])
        self._executions.end_all_of(arn)
        self._machines.delete(arn)
        return {}

    def _start(self, request: Mapping[str, Any]) -> dict[str, Any]:
        machine = versions.to_run(self._machines, str(request["stateMachineArn"]))
        return self._executions.start(machine, request)

    def _list_executions(self, request: Mapping[str, Any]) -> dict[str, Any]:
        if request.get("mapRunArn"):
            self._executions.map_runs.find(str(request["mapRunArn"]))
        elif request.get("stateMachineArn"):
            self._machines.of(str(request["stateMachineArn"]))
        return self._executions.list(request)

    def _list_map_runs(self, request: Mapping[str, Any]) -> dict[str, Any]:
        self._executions.find(request)
        return self._executions.map_runs.list(request)


def _check_shape(action: str, request: Mapping[str, Any]) -> None:
    # Names, ARNs and sizes have errors of their own here: InvalidName, InvalidArn, InvalidExecutionInput.
    found = [
        problem
        for problem in constraints.problems("stepfunctions", action, request)
        if problem.kind in ("null", "unknown", "type", "enum", "range")
    ]
    if found:
        raise RefusedError("ValidationException", constraints.message(found))


def _check_carried(action: str, request: Mapping[str, Any]) -> None:
    for field, only in ONLY.get(action, {}).items():
        value = request.get(field)
        if value not in (None, only):
            what = f"states:{action} {field} {value if isinstance(value, str) else ''}".rstrip()
            code = "StateMachineTypeNotSupported" if field == "type" else "ValidationException"
            raise RefusedError(code, f"s-infra sandbox: {what} isn't carried out")


def _check_definition(request: Mapping[str, Any]) -> None:
    found = problems(str(request["definition"])) if "definition" in request else []
    if found:
        listed = ", ".join(str(problem) for problem in found)
        raise RefusedError("InvalidDefinition", f"Invalid State Machine Definition: '{listed}'")
