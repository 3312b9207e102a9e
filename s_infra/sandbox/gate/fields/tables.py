"""DynamoDB: nothing is metered, so a capacity would be stored, and nothing follow from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

ON_DEMAND = "PAY_PER_REQUEST"


def _table(given: Mapping[str, Any]) -> str | None:
    mode = given.get("BillingMode", "PROVISIONED")
    return None if mode == ON_DEMAND else f"BillingMode {mode} (set {ON_DEMAND})"


CHECKS = {"CreateTable": _table}
