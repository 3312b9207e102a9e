"""EventBridge: what a rule may have, and what its targets may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

RULE_TARGETS = ("lambda", "sns", "sqs", "states")


def _targets(given: Mapping[str, Any]) -> str | None:
    for target in given.get("Targets", []):
        arn = str(target.get("Arn", "")).split(":")
        if len(arn) < 3 or arn[2] not in RULE_TARGETS:
            return f"Target {':'.join(arn)}"
    return None


CHECKS = {
    "PutTargets": _targets,
}
