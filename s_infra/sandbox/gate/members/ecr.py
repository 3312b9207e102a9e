"""ECR: its operations, each with the members of its request that the base carries out."""

from __future__ import annotations

MEMBERS = {
    "BatchDeleteImage": "registryId repositoryName imageIds",
    "BatchGetImage": "registryId repositoryName imageIds",
    "CreateRepository": (
        "registryId repositoryName tags imageTagMutability imageScanningConfiguration encryptionConfiguration"
    ),
    "DeleteLifecyclePolicy": "registryId repositoryName",
    "DeleteRepository": "registryId repositoryName force",
    "DeleteRepositoryPolicy": "registryId repositoryName",
    "DescribeImages": "registryId repositoryName imageIds filter",
    "DescribeRepositories": "registryId repositoryNames",
    "GetAuthorizationToken": "",
    "GetLifecyclePolicy": "registryId repositoryName",
    "GetRepositoryPolicy": "registryId repositoryName",
    "ListImages": "registryId repositoryName filter",
    "ListTagsForResource": "resourceArn",
    "PutImage": "registryId repositoryName imageManifest imageManifestMediaType imageTag imageDigest",
    "PutImageScanningConfiguration": "registryId repositoryName imageScanningConfiguration",
    "PutImageTagMutability": "registryId repositoryName imageTagMutability",
    "PutLifecyclePolicy": "registryId repositoryName lifecyclePolicyText",
    "SetRepositoryPolicy": "registryId repositoryName policyText force",
    "TagResource": "resourceArn tags",
    "UntagResource": "resourceArn tagKeys",
}
