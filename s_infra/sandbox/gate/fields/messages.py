"""SNS: who may subscribe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

SUBSCRIPTION_PROTOCOLS = ("email", "email-json", "lambda", "sqs")


def _subscription(given: Mapping[str, Any]) -> str | None:
    protocol = given.get("Protocol")
    return None if protocol in SUBSCRIPTION_PROTOCOLS else f"Protocol {protocol}"


CHECKS = {
    "Subscribe": _subscription,
}
