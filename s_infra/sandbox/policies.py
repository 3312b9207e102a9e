"""What the policy of a queue, a topic or a function says to an AWS service that would reach it.

And whether a text is a policy at all.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from s_infra.sandbox.base import Base


class Policies:
    """Asks resource policies for one AWS service, `principal`."""

    def __init__(self, base: Base, principal: str) -> None:
        self._base, self.principal = base, principal
        self._evaluator = base.core("iam_evaluator")

    def refusal(self, policy: Any, action: str, arn: str, source: str) -> str | None:
        """Return why `source` may not do `action` on `arn`, or None when the policy lets it."""
        # The base asks this only of users that it authenticates, which the sandbox has none of.
        context = self._evaluator.EvalContext(
            principal_arn="*",
            principal_type="Service",
            principal_account="",
            action=action,
            resource_arn=arn,
            region=self._base.region,
            secure_transport=True,
            service_context={
                "aws:sourcearn": source,
                "aws:sourceaccount": self._base.account_id,
                "aws:sourceowner": self._base.account_id,
            },
        )
        found = self._evaluator.evaluate_resource_policy(policy or "", context, service=self.principal)
        if found.decision == "Allow":
            return None
        return f"the target's policy does not let {self.principal} do {action}"


def is_policy(text: str) -> bool:
    """Return whether a text is a JSON object with statements."""
    try:
        document = json.loads(text)
    except ValueError:
        return False
    return isinstance(document, dict) and bool(document.get("Statement"))
