"""The operations on tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.sagemaker import listing
from s_infra.sandbox.services.sagemaker.errors import validation

if TYPE_CHECKING:
    from s_infra.sandbox.services.sagemaker.service import SageMaker


def add(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """AddTags."""
    tags = _of(service, request["ResourceArn"])
    tags.update({tag["Key"]: tag["Value"] for tag in request["Tags"]})
    return {"Tags": _listed(tags)}


def list_tags(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """ListTags."""
    return listing.page(_listed(_of(service, request["ResourceArn"])), request, "Tags")


def delete(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """DeleteTags."""
    tags = _of(service, request["ResourceArn"])
    for key in request["TagKeys"]:
        tags.pop(key, None)
    return {}


def _of(service: SageMaker, arn: str) -> dict[str, str]:
    if arn not in service.tags:
        raise validation(f"Could not find resource {arn}.")
    return service.tags[arn]


def _listed(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
