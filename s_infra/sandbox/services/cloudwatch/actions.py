"""Carries out what an alarm is to do when its state has changed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from s_infra.sandbox.policies import Policies
from s_infra.sandbox.services.cloudwatch import messages
from s_infra.sandbox.services.cloudwatch.evaluation import ALARM, OK

if TYPE_CHECKING:
    from s_infra.sandbox.base import Base
    from s_infra.sandbox.services.cloudwatch.alarm import Alarm, State

LOG = logging.getLogger(__name__)
FIELDS = {OK: "OKActions", ALARM: "AlarmActions"}
TO_TOPICS, TO_FUNCTIONS = "cloudwatch.amazonaws.com", "lambda.alarms.cloudwatch.amazonaws.com"
# The key of the account for SNS has a policy that lets no alarm use it, and that can't be changed.
CLOSED_KEYS = ("alias/aws/sns",)


class Actions:
    """Tells topics and functions, as far as their policies let alarms."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._sns, self._functions = base.module("sns"), base.module("lambda_svc")
        self._topic_policies = Policies(base, TO_TOPICS)
        self._function_policies = Policies(base, TO_FUNCTIONS)

    def run(self, alarm: Alarm, before: State) -> list[tuple[str, str | None]]:
        """Carry out the actions of the alarm's state; return each with why it failed, None if it didn't."""
        if not alarm.actions_enabled:
            return []
        actions = alarm.given.get(FIELDS.get(alarm.state.value, "InsufficientDataActions")) or ()
        return [(action, self._run(action, alarm, before)) for action in actions]

    def _run(self, action: str, alarm: Alarm, before: State) -> str | None:
        act = self._publish if action.split(":")[2] == "sns" else self._invoke
        try:
            problem = act(action, alarm, before)
        except (BotoCoreError, ClientError) as error:
            problem = str(error)
        if problem is not None:
            LOG.warning("alarm %s: %s failed: %s", alarm.name, action, problem)
        return problem

    def _publish(self, arn: str, alarm: Alarm, before: State) -> str | None:
        topic = self._sns._topic_by_arn_any_scope(arn)
        if not topic:
            return "Resource not found"
        if not self._may_encrypt(topic["attributes"].get("KmsMasterKeyId"), alarm):
            return "CloudWatch Alarms does not have authorization to access the SNS topic encryption key."
        refusal = self._topic_policies.refusal(
            topic["attributes"].get("Policy"), "sns:Publish", arn, alarm.arn
        )
        if refusal is not None:
            return (
                f"CloudWatch Alarms is not authorized to perform: SNS:Publish on resource: {arn}: {refusal}"
            )
        self._base.client("sns").publish(
            TopicArn=arn,
            Subject=messages.subject(alarm, self._base.region),
            Message=messages.notification(alarm, before, self._base.region, self._base.account_id),
        )
        return None

    def _may_encrypt(self, key: str | None, alarm: Alarm) -> bool:
        """Return whether the policy of a topic's key lets alarms use it; no key is in nobody's way."""
        if not key:
            return True
        if key in CLOSED_KEYS:
            return False
        kms = self._base.client("kms")
        arn = kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"]
        policy = kms.get_key_policy(KeyId=arn, PolicyName="default")["Policy"]
        actions = ("kms:Decrypt", "kms:GenerateDataKey")
        return all(self._topic_policies.refusal(policy, one, arn, alarm.arn) is None for one in actions)

    def _invoke(self, arn: str, alarm: Alarm, before: State) -> str | None:
        function = self._functions._get_func_record_for_ref(arn)[0]
        if not function:
            return "Resource not found"
        refusal = self._function_policies.refusal(
            function.get("policy"), "lambda:InvokeFunction", arn, alarm.arn
        )
        if refusal is not None:
            asked = "lambda:InvokeFunction on the resource"
            why = f"no resource-based policy allows the lambda:InvokeFunction action: {refusal}"
            return f"CloudWatch Alarms is not authorized to perform: {asked} because {why}"
        event = messages.invocation(alarm, before, self._base.region, self._base.account_id)
        self._base.client("lambda").invoke(FunctionName=arn, InvocationType="Event", Payload=event.encode())
        return None
