"""What a schedule calls: functions, machines, queues, topics, and some of AWS's API by aws-sdk ARNs."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from s_infra.sandbox.clock import iso
from s_infra.sandbox.service_models import service_model
from s_infra.sandbox.services.schedules.errors import not_carried_out, validation

if TYPE_CHECKING:
    from s_infra.sandbox.base import Base

Fields = Mapping[str, Any]
UNIVERSAL = re.compile(r"arn:aws:scheduler:::aws-sdk:(?P<service>[a-z0-9]+):(?P<action>[a-zA-Z0-9]+)")
# The services of universal targets, with botocore's name of each.
SERVICES = {
    "glue": "glue",
    "lambda": "lambda",
    "sagemaker": "sagemaker",
    "sfn": "stepfunctions",
    "sns": "sns",
    "sqs": "sqs",
}
# Scheduler itself refuses calls that only read.
READING = (
    "get",
    "describe",
    "list",
    "poll",
    "receive",
    "search",
    "scan",
    "query",
    "select",
    "read",
    "batchGet",
)
TEMPLATED = ("lambda", "sns", "sqs", "states")
JSON_INPUT = ("lambda", "states")
REFUSED_PARAMETERS = (
    *("EcsParameters", "EventBridgeParameters", "KinesisParameters"),
    "SageMakerPipelineParameters",
)
PRINCIPAL = "scheduler.amazonaws.com"
# One name for all schedules: on AWS each call has its own, and here a client would be made for each.
SESSION = "Scheduler"
# Another try can't mend these.
FINAL_STATUS = range(400, 500)
THROTTLED = ("Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded")


class DeliveryError(Exception):
    """A call that failed; `again` tells whether to try another time."""

    def __init__(self, code: str, message: str, *, again: bool) -> None:
        super().__init__(message)
        self.code, self.again = code, again


def check(base: Base, operation: str, target: Fields) -> None:
    """Hold a target against AWS's rules and what is carried out.

    Raises:
        SchedulerError: it breaks one.
    """
    for field in REFUSED_PARAMETERS:
        if target.get(field):
            raise not_carried_out(f"{operation} Target.{field}")
    arn = target["Arn"]
    universal = UNIVERSAL.fullmatch(arn)
    if universal is not None:
        _check_universal(operation, universal["service"], universal["action"], target)
    else:
        parts = arn.split(":")
        if len(parts) < 6 or parts[0] != "arn":
            raise validation(f"Provided Arn is not in correct format: {arn}")
        if parts[2] not in TEMPLATED:
            raise not_carried_out(f"{operation} Target.Arn {':'.join(parts[:3])}")
        if parts[2] in JSON_INPUT:
            _json(target.get("Input") or "{}")
        fifo = parts[2] == "sqs" and arn.endswith(".fifo")
        if fifo != bool((target.get("SqsParameters") or {}).get("MessageGroupId")):
            raise validation("A FIFO queue needs SqsParameters.MessageGroupId, and no other target has it.")
    _check_role(base, target["RoleArn"])


def _check_universal(operation: str, service: str, action: str, target: Fields) -> None:
    if service not in SERVICES:
        raise not_carried_out(f"{operation} Target.Arn aws-sdk:{service}")
    if action.startswith(READING):
        raise validation(f"{action} is not a supported api action for service {service}.")
    if _operation(service, action) is None:
        raise validation(f"{action} is not a valid api action for service {service}.")
    _json(target.get("Input") or "{}")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise validation("Invalid Input: it must be well-formed JSON.") from error


def _operation(service: str, action: str) -> str | None:
    names = service_model(SERVICES[service]).operation_names
    return next((name for name in names if name.lower() == action.lower()), None)


def _check_role(base: Base, arn: str) -> None:
    refused = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
    try:
        role = base.client("iam").get_role(RoleName=arn.rpartition("/")[2])["Role"]
    except ClientError as error:
        raise validation(refused) from error
    trusted = [
        principal
        for statement in role["AssumeRolePolicyDocument"].get("Statement", ())
        if statement.get("Effect") == "Allow" and isinstance(statement.get("Principal"), dict)
        for principal in _listed(statement["Principal"].get("Service"))
    ]
    if PRINCIPAL not in trusted:
        raise validation(refused)


def _listed(value: Any) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def payload(schedule: Fields, target: Fields, base: Base, scheduled: float, attempt: int, run: str) -> str:
    """Return what goes to the target: its Input with its placeholders filled, or Scheduler's notice."""
    text = target.get("Input")
    if text is None:
        notice = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": base.account_id,
            "time": iso(scheduled),
            "region": base.region,
            "resources": [schedule["Arn"]],
            "detail": "{}",
        }
        return json.dumps(notice)
    known: dict[str, str] = {
        "schedule-arn": schedule["Arn"],
        "scheduled-time": iso(scheduled),
        "execution-id": run,
        "attempt-number": str(attempt),
    }
    for name, value in known.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return str(text)


def call(base: Base, target: Fields, text: str) -> str:
    """Call the target in its role; return what was called.

    Raises:
        DeliveryError: it failed.
    """
    arn = target["Arn"]
    client = in_role(base, target)
    universal = UNIVERSAL.fullmatch(arn)
    if universal is not None:
        service, name = SERVICES[universal["service"]], _operation(universal["service"], universal["action"])
        return _called(client, service, str(name), _arguments(service, str(name), json.loads(text)))
    service = arn.split(":")[2]
    if service == "lambda":
        given: dict[str, Any] = {"FunctionName": arn, "InvocationType": "Event", "Payload": text.encode()}
        return _called(client, "lambda", "Invoke", given)
    if service == "states":
        return _called(client, "stepfunctions", "StartExecution", {"stateMachineArn": arn, "input": text})
    if service == "sns":
        return _called(client, "sns", "Publish", {"TopicArn": arn, "Message": text})
    message = {"QueueUrl": queue_url(base, arn), "MessageBody": text}
    return _called(client, "sqs", "SendMessage", message | _group(target))


def _group(target: Fields) -> dict[str, str]:
    group = (target.get("SqsParameters") or {}).get("MessageGroupId")
    return {"MessageGroupId": group} if group else {}


def queue_url(base: Base, arn: str) -> str:
    """Return a queue's URL.

    Raises:
        DeliveryError: there is no such queue.
    """
    try:
        return str(base.client("sqs").get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"])
    except ClientError as error:
        raise failed(error) from error


def _arguments(service: str, operation: str, given: Any) -> dict[str, Any]:
    # Inputs of universal targets are spelt in PascalCase, whatever the service's own members are.
    shape = service_model(service).operation_model(operation).input_shape
    members: dict[str, str] = {name.lower(): name for name in (shape.members if shape else {})}
    if not isinstance(given, dict):
        raise DeliveryError("ValidationException", "The Input is no structure.", again=False)
    return {members.get(str(name).lower(), str(name)): value for name, value in given.items()}


def in_role(base: Base, target: Fields) -> Callable[[str], Any]:
    """Return what gives clients that call in a target's role."""
    session = base.sessions.of(target["RoleArn"], "scheduler", SESSION)
    return lambda service: base.client(service, session)


def _called(client: Callable[[str], Any], service: str, operation: str, given: Mapping[str, Any]) -> str:
    try:
        getattr(client(service), xform_name(operation))(**given)
    except ParamValidationError as error:
        raise DeliveryError("ValidationException", str(error), again=False) from error
    except ClientError as error:
        raise failed(error) from error
    except BotoCoreError as error:
        raise DeliveryError("InternalServerException", str(error), again=True) from error
    return f"{service}:{operation}"


def failed(error: ClientError) -> DeliveryError:
    """Return the failure that an error of a target's service is."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    code = error.response["Error"]["Code"]
    # The sandbox's own refusal (501) is no better the next time.
    again = code in THROTTLED or status not in (*FINAL_STATUS, 501)
    return DeliveryError(code, error.response["Error"]["Message"], again=again)
