"""ECR: the base's, with an image's size and all its tags, and an error for one that isn't there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from s_infra.sandbox.base import Base, Response


def install(base: Base) -> None:
    """Mend what is told of images: the base gives the manifest's length, one tag, and no error."""
    ecr = base.module("ecr")
    described = ecr._describe_images

    def describe(data: dict[str, Any]) -> Response:
        status, headers, body = described(data)
        name = data.get("repositoryName", "")
        for wanted in data.get("imageIds") or () if status == 200 else ():
            if ecr._find_image(name, wanted) is None:
                message = _missing(name, base.account_id, wanted)
                answer: Response = ecr.error_response_json("ImageNotFoundException", message, 400)
                return answer
        answered = json.loads(body)
        for detail in answered.get("imageDetails", ()):
            image = ecr._find_image(name, {"imageDigest": detail["imageDigest"]})
            detail["imageSizeInBytes"] = size(json.loads(image["imageManifest"]))
        return status, headers, json.dumps(answered).encode()

    def listed(data: dict[str, Any]) -> Response:
        status, headers, body = described({"repositoryName": data.get("repositoryName", "")})
        if status != 200:
            return status, headers, body
        wanted = data.get("filter", {}).get("tagStatus", "ANY")
        identities = [
            one for detail in json.loads(body)["imageDetails"] for one in _identities(detail, wanted)
        ]
        return status, headers, json.dumps({"imageIds": identities}).encode()

    ecr._describe_images = describe
    ecr._list_images = listed


def size(manifest: Mapping[str, Any]) -> int:
    """Return the bytes of an image's layers and configuration."""
    parts = [*manifest.get("layers", ()), manifest.get("config", {})]
    return sum(int(part.get("size", 0)) for part in parts)


def _identities(detail: Mapping[str, Any], wanted: str) -> Iterator[dict[str, str]]:
    digest, tags = {"imageDigest": detail["imageDigest"]}, detail["imageTags"]
    if tags and wanted != "UNTAGGED":
        yield from ({**digest, "imageTag": tag} for tag in tags)
    elif not tags and wanted != "TAGGED":
        yield digest


def _missing(repository: str, account_id: str, wanted: Mapping[str, str]) -> str:
    told = ", ".join(f"{key}:'{wanted.get(f'image{key.title()}', 'null')}'" for key in ("digest", "tag"))
    return (
        f"The image with imageId {{{told}}} does not exist within the repository with name '{repository}' in "
        f"the registry with id '{account_id}'"
    )
