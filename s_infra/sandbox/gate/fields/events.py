"""EventBridge: what a rule may have, and what its targets may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

RULE_TARGETS = ("lambda", "sns", "sqs", "states")
# Of a target's fields those that one of these has a use for.
TARGET_FIELDS = ("Arn", "DeadLetterConfig", "Id", "Input", "InputPath", "InputTransformer", "RetryPolicy")
FIELDS_OF = {"sqs": ("SqsParameters",), "states": ("RoleArn",)}


def _targets(given: Mapping[str, Any]) -> str | None:
    for target in given.get("Targets", []):
        arn = str(target.get("Arn", "")).split(":")
        if len(arn) < 3 or arn[2] not in RULE_TARGETS:
            return f"Target {':'.join(arn)}"
        known = {*TARGET_FIELDS, *FIELDS_OF.get(arn[2], ())}
        if more := sorted(set(target) - known):
            return f"Targets.{more[0]} of a target of {arn[2]}"
    return None


CHECKS = {
    "PutTargets": _targets,
}
