"""What stands against a delivery: a target that is gone, a policy that doesn't let EventBridge in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from s_infra.sandbox.policies import Policies
from s_infra.sandbox.services.schedules.targets import failed

if TYPE_CHECKING:
    from s_infra.sandbox.base import Base

PRINCIPAL = "events.amazonaws.com"
# EventBridge's own codes, for those of StartExecution.
CODES = {
    "AccessDeniedException": "NO_PERMISSIONS",
    "StateMachineDoesNotExist": "NO_RESOURCE",
    "ResourceNotFoundException": "NO_RESOURCE",
    "InvalidArn": "INVALID_PARAMETER",
    "InvalidExecutionInput": "INVALID_JSON",
    "ThrottlingException": "THROTTLING",
    "ExecutionLimitExceeded": "RESOURCE_LIMIT_EXCEEDED",
}
OTHER = "ERROR_FROM_TARGET"


@dataclass(frozen=True)
class Problem:
    """Why a delivery failed, in EventBridge's codes; `again` tells whether another try may go well."""

    code: str
    message: str
    again: bool = False


class Targets:
    """The targets' services, asked for EventBridge."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._policies = Policies(base, PRINCIPAL)
        self._sqs, self._sns = base.module("sqs"), base.module("sns")
        self._functions = base.module("lambda_svc")

    def problem(self, arn: str, rule_arn: str) -> Problem | None:
        """Return why EventBridge can't deliver to `arn` for that rule, or None when it can."""
        service = arn.split(":")[2] if arn.count(":") > 4 else ""
        if service == "sqs":
            queue = self._sqs._queue_by_arn(arn)
            if not queue:
                return Problem("NO_RESOURCE", "the queue does not exist")
            return self._refusal(queue["attributes"].get("Policy"), "sqs:SendMessage", arn, rule_arn)
        if service == "sns":
            topic = self._sns._topic_by_arn_any_scope(arn)
            if not topic:
                return Problem("NO_RESOURCE", "the topic does not exist")
            return self._refusal(topic["attributes"].get("Policy"), "sns:Publish", arn, rule_arn)
        if service == "lambda":
            function = self._functions._get_func_record_for_ref(arn)[0]
            if not function:
                return Problem("NO_RESOURCE", "the function does not exist")
            return self._refusal(json.dumps(function["policy"]), "lambda:InvokeFunction", arn, rule_arn)
        return None

    def started(self, arn: str, role: str | None, name: str, payload: str) -> Problem | None:
        """Start a machine in the target's role; return why it can't be, or None when it has been."""
        session = self._base.sessions.of(role, "events", name) if role else None
        if session is not None and session.refusal:
            return Problem("FAILED_TO_ASSUME_ROLE", session.refusal)
        client = self._base.client("stepfunctions", session)
        try:
            client.start_execution(stateMachineArn=arn, input=payload)
        except ClientError as error:
            found = failed(error)
            code = CODES.get(found.code, "INTERNAL_ERROR" if found.again else OTHER)
            again = found.again or code == "RESOURCE_LIMIT_EXCEEDED"
            return Problem(code, f"{found.code}: {found}", again=again)
        except BotoCoreError as error:
            return Problem("CONNECTION_FAILURE", str(error), again=True)
        return None

    def _refusal(self, policy: object, action: str, arn: str, rule_arn: str) -> Problem | None:
        told = self._policies.refusal(policy, action, arn, rule_arn)
        return None if told is None else Problem("NO_PERMISSIONS", told)
