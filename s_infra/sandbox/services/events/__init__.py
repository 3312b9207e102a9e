"""EventBridge: the base's, with deliveries of our own; what can't be delivered is a dead letter.

A rule with targets can't be deleted, nor a bus with rules, as on AWS; a machine is no target without a role.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.events.deliveries import Deliveries
from s_infra.sandbox.services.events.targets import Targets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.base import Base


def install(base: Base) -> None:
    """Deliver in the base's place, and mend three of its answers."""
    eventbridge = base.module("eventbridge")
    deliveries = Deliveries(base, Targets(base), eventbridge._invoke_target)
    eventbridge._invoke_target = deliveries.deliver
    delete, validate = eventbridge._delete_rule, eventbridge._validate_target_arn
    delete_bus = eventbridge._delete_event_bus

    def delete_without_targets(given: Mapping[str, Any]) -> Any:
        key = eventbridge._rule_key(given.get("Name"), given.get("EventBusName") or "default")
        if eventbridge._targets.get(key):
            told = "Rule can't be deleted since it has targets."
            return eventbridge.error_response_json("ValidationException", told, 400)
        return delete(given)

    def validate_with_role(target: Mapping[str, Any]) -> Any:
        arn = str(target.get("Arn", ""))
        if arn.startswith("arn:aws:states:") and not target.get("RoleArn"):
            told = f"RoleArn is required for target {arn}."
            return eventbridge.error_response_json("ValidationException", told, 400)
        return validate(target)

    def delete_without_rules(given: Mapping[str, Any]) -> Any:
        if any(rule.get("EventBusName") == given.get("Name") for rule in eventbridge._rules.values()):
            told = "Event bus can't be deleted since it has rules."
            return eventbridge.error_response_json("ValidationException", told, 400)
        return delete_bus(given)

    eventbridge._delete_rule = delete_without_targets
    eventbridge._validate_target_arn = validate_with_role
    eventbridge._delete_event_bus = delete_without_rules
