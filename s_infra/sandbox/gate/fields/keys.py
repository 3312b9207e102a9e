"""KMS: symmetric keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

ONLY = {
    "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
    "KeySpec": "SYMMETRIC_DEFAULT",
    "KeyUsage": "ENCRYPT_DECRYPT",
    "Origin": "AWS_KMS",
}


def _key(given: Mapping[str, Any]) -> str | None:
    return next(
        (f"{name} {given[name]}" for name, value in ONLY.items() if given.get(name, value) != value), None
    )


CHECKS = {"CreateKey": _key}
