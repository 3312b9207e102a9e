"""Requests held against botocore's model of SageMaker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s_infra.sandbox import constraints
from s_infra.sandbox.services.sagemaker.errors import validation

if TYPE_CHECKING:
    from collections.abc import Mapping


def check(operation: str, request: Mapping[str, Any]) -> None:
    """Raise ValidationException when the request isn't of the operation's shape."""
    found = constraints.problems("sagemaker", operation, request)
    if found:
        raise validation(constraints.message(found))
