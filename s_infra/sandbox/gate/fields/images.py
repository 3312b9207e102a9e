"""ECR: values that the base would store, and nothing follow from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def _repository(given: Mapping[str, Any]) -> str | None:
    return (
        "encryptionConfiguration.kmsKey" if given.get("encryptionConfiguration", {}).get("kmsKey") else None
    )


def _deletion(given: Mapping[str, Any]) -> str | None:
    # AWS takes the tag off; the base would delete the image with all its tags.
    by_tag = any("imageDigest" not in one for one in given.get("imageIds", ()))
    return "imageIds.imageTag without imageDigest" if by_tag else None


CHECKS = {"BatchDeleteImage": _deletion, "CreateRepository": _repository}
