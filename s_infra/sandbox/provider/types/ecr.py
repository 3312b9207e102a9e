"""ECR: repositories, their lifecycle policies and who may use them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s_infra.errors import SInfraError
from s_infra.sandbox.provider.declaration import Call, DataSource, Read, Resource, Tags
from s_infra.sandbox.provider.told import told_by
from s_infra.sandbox.provider.wire import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from s_infra.sandbox.provider.cty import State
    from s_infra.sandbox.provider.session import Session

RESOURCES = {
    "aws_ecr_repository": Resource(
        service="ecr",
        id="{name}",
        create=(Call("CreateRepository"),),
        read=(Read("DescribeRepositories", at="repositories.0", given=("name",)),),
        update=(
            Call(
                "PutImageTagMutability",
                when=("image_tag_mutability", "image_tag_mutability_exclusion_filter"),
            ),
            Call("PutImageScanningConfiguration", when=("image_scanning_configuration",)),
        ),
        delete=(Call("DeleteRepository"),),
        names={
            "name": ("repositoryName", "repositoryNames"),
            "arn": "repositoryArn",
            "repository_url": "repositoryUri",
            "force_delete": "force",
        },
        defaults={
            "image_tag_mutability": "MUTABLE",
            "encryption_configuration.encryption_type": "AES256",
            "force_delete": False,
        },
        filled=("encryption_configuration",),
        replace=("name", "encryption_configuration"),
        tags=Tags("ListTagsForResource", "TagResource", "UntagResource"),
    ),
    "aws_ecr_lifecycle_policy": Resource(
        service="ecr",
        id="{repository}",
        create=(Call("PutLifecyclePolicy"),),
        read=(Read("GetLifecyclePolicy"),),
        update=(Call("PutLifecyclePolicy"),),
        delete=(Call("DeleteLifecyclePolicy"),),
        names={"repository": "repositoryName", "policy": "lifecyclePolicyText"},
        json=("policy",),
        replace=("repository",),
    ),
    "aws_ecr_repository_policy": Resource(
        service="ecr",
        id="{repository}",
        create=(Call("SetRepositoryPolicy"),),
        read=(Read("GetRepositoryPolicy"),),
        update=(Call("SetRepositoryPolicy"),),
        delete=(Call("DeleteRepositoryPolicy"),),
        names={"repository": "repositoryName", "policy": "policyText"},
        json=("policy",),
        replace=("repository",),
    ),
}


def _image(session: Session, config: State) -> State:
    client = session.client("ecr")
    name = config["repository_name"]
    keys = (("imageTag", "image_tag"), ("imageDigest", "image_digest"))
    wanted = {member: config[ours] for member, ours in keys if config.get(ours)}
    pages = client.get_paginator("describe_images").paginate(
        repositoryName=name, **({"imageIds": [wanted]} if wanted else {})
    )
    images = sorted((image for page in pages for image in page["imageDetails"]), key=_pushed)
    if not images or (len(images) > 1 and not config.get("most_recent")):
        which = f"{name}: {len(images)} images"
        raise SInfraError("not one image", which=which, next_step="give image_tag or most_recent")
    found = images[-1]
    [repository] = client.describe_repositories(repositoryNames=[name])["repositories"]
    return {
        "id": found["imageDigest"],
        "image_digest": found["imageDigest"],
        "image_pushed_at": int(_pushed(found)),
        "image_size_in_bytes": found["imageSizeInBytes"],
        "image_tags": found.get("imageTags", []),
        "image_uri": f"{repository['repositoryUri']}@{found['imageDigest']}",
        "registry_id": found["registryId"],
        "region": session.region,
    }


def _pushed(image: Mapping[str, Any]) -> float:
    moment: float = image["imagePushedAt"].timestamp()
    return moment


def _image_problems(config: State) -> Iterator[Problem]:
    if config.get("registry_id") is not None:
        summary = "s-infra sandbox: aws_ecr_image registry_id isn't carried out"
        yield Problem(summary, "The sandbox has one registry.", ("registry_id",))
    given = [name for name in ("image_tag", "image_digest", "most_recent") if config.get(name) is not None]
    if not given:
        names = "image_tag, image_digest, most_recent"
        yield Problem("Invalid combination of arguments", f"one of {names} must be set")


SOURCES = {
    "aws_ecr_image": DataSource(_image, _image_problems),
    "aws_ecr_repository": told_by("aws_ecr_repository", RESOURCES["aws_ecr_repository"]),
}
