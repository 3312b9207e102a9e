"""SSM: parameters of text, up to 4 KB, found by name or type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

STANDARD_BYTES = 4096
ONLY = {"DataType": "text", "KeyId": "alias/aws/ssm", "Tier": "Standard"}
FILTERS = ("Name", "Type")


def _parameter(given: Mapping[str, Any]) -> str | None:
    if len(str(given.get("Value", "")).encode()) > STANDARD_BYTES:
        return f"Value of more than {STANDARD_BYTES} bytes"
    return next(
        (f"{name} {given[name]}" for name, value in ONLY.items() if given.get(name, value) != value), None
    )


def _listed(given: Mapping[str, Any]) -> str | None:
    for one in given.get("ParameterFilters") or ():
        if one.get("Key") not in FILTERS:
            return f"ParameterFilters.Key {one.get('Key')}"
    return None


CHECKS = {"DescribeParameters": _listed, "PutParameter": _parameter}
