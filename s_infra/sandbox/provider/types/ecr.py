"""ECR: repositories and their lifecycle policies."""

from __future__ import annotations

from s_infra.sandbox.provider.declaration import Call, Read, Resource, Tags

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
}
