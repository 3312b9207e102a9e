"""EventBridge: the base's, held to its targets' policies; what can't be delivered is a dead letter.

A rule with targets can't be deleted, as on AWS.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.policies import Policies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.base import Base

logger = logging.getLogger(__name__)
PRINCIPAL = "events.amazonaws.com"


def install(base: Base) -> None:
    """Check each delivery before the base makes it."""
    eventbridge = base.module("eventbridge")
    invoke = eventbridge._invoke_target
    targets = Targets(base)

    def deliver(target: Mapping[str, Any], event: Any, rule: Mapping[str, Any], *arguments: Any) -> Any:
        rule_arn = str(rule.get("Arn", ""))
        problem = targets.problem(str(target.get("Arn", "")), rule_arn)
        counts = {"Invocations": 1.0, "FailedInvocations": float(problem is not None)}
        base.put_metrics("AWS/Events", counts, {"RuleName": str(rule.get("Name", ""))})
        if problem is None:
            return invoke(target, event, rule, *arguments)
        dead_letters = str((target.get("DeadLetterConfig") or {}).get("Arn", ""))
        logger.warning("rule %s: no delivery to %s: %s", rule_arn, target.get("Arn"), problem)
        if not dead_letters or targets.problem(dead_letters, rule_arn) is not None:
            return None
        return invoke({**target, "Arn": dead_letters}, event, rule, *arguments)

    eventbridge._invoke_target = deliver
    delete = eventbridge._delete_rule

    def delete_without_targets(given: Mapping[str, Any]) -> Any:
        key = eventbridge._rule_key(given.get("Name"), given.get("EventBusName") or "default")
        if eventbridge._targets.get(key):
            told = "Rule can't be deleted since it has targets."
            return eventbridge.error_response_json("ValidationException", told, 400)
        return delete(given)

    eventbridge._delete_rule = delete_without_targets


class Targets:
    """What the targets' services say about a delivery."""

    def __init__(self, base: Base) -> None:
        self._policies = Policies(base, PRINCIPAL)
        self._sqs, self._sns = base.module("sqs"), base.module("sns")
        self._functions = base.module("lambda_svc")

    def problem(self, arn: str, rule_arn: str) -> str | None:
        """Return why EventBridge can't deliver to `arn` for that rule, or None when it can."""
        service = arn.split(":")[2] if arn.count(":") > 4 else ""
        if service == "sqs":
            queue = self._sqs._queue_by_arn(arn)
            if not queue:
                return "the queue does not exist"
            return self._policies.refusal(queue["attributes"].get("Policy"), "sqs:SendMessage", arn, rule_arn)
        if service == "sns":
            topic = self._sns._topic_by_arn_any_scope(arn)
            if not topic:
                return "the topic does not exist"
            return self._policies.refusal(topic["attributes"].get("Policy"), "sns:Publish", arn, rule_arn)
        if service == "lambda" and not self._functions._get_func_record_for_ref(arn)[0]:
            return "the function does not exist"
        return None
