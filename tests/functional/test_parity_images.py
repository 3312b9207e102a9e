"""ECR as programs use it, on the sandbox or on AWS: an image pushed by the registry's protocol."""

from __future__ import annotations

import base64
import json
import os
import urllib.parse

import pytest
from cloud_support import Cloud, code

from s_infra.packaging.registry import Registry, digest, manifest

PULL = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "ecr:BatchGetImage"}


@pytest.mark.parity(
    "ecr:GetAuthorizationToken", "ecr:DescribeImages", "ecr:ListImages", "ecr:BatchGetImage", "ecr:PutImage",
    "ecr:BatchDeleteImage",
)  # fmt: skip
def test_an_image_is_pushed_tagged_and_deleted(cloud: Cloud) -> None:
    ecr, name = cloud.client("ecr"), cloud.name()
    uri = ecr.create_repository(repositoryName=name)["repository"]["repositoryUri"]
    cloud.later(ecr.delete_repository, repositoryName=name, force=True)
    granted = ecr.get_authorization_token()["authorizationData"][0]
    assert base64.b64decode(granted["authorizationToken"]).startswith(b"AWS:")
    host = uri.partition("/")[0]
    # A sandbox that is taken for an account has no registry of its host's name.
    address = cloud.endpoint or os.environ.get("AWS_ENDPOINT_URL", f"https://{host}")
    registry = Registry(address, host, name, granted["authorizationToken"])
    layer = b"\x1f\x8b any bytes"
    content = manifest(layer)
    for blob in (b'{"dockerfile":"Dockerfile"}', layer):
        registry.put_blob(blob)
    registry.put_manifest(content, "one")
    described = ecr.describe_images(repositoryName=name)["imageDetails"]
    assert [(one["imageTags"], one["imageDigest"]) for one in described] == [(["one"], digest(content))]
    sizes = [part["size"] for part in (json.loads(content)["config"], *json.loads(content)["layers"])]
    assert described[0]["imageSizeInBytes"] == sum(sizes)
    ecr.put_image(repositoryName=name, imageManifest=content.decode(), imageTag="two")
    assert {one["imageTag"] for one in ecr.list_images(repositoryName=name)["imageIds"]} == {"one", "two"}
    got = ecr.batch_get_image(repositoryName=name, imageIds=[{"imageTag": "two"}, {"imageTag": "none"}])
    assert [json.loads(one["imageManifest"]) for one in got["images"]] == [json.loads(content)]
    assert [one["failureCode"] for one in got["failures"]] == ["ImageNotFound"]
    none = [{"imageTag": "none"}]
    assert code(ecr.describe_images, repositoryName=name, imageIds=none) == "ImageNotFoundException"
    assert code(ecr.delete_repository, repositoryName=name) == "RepositoryNotEmptyException"
    ecr.batch_delete_image(repositoryName=name, imageIds=[{"imageDigest": digest(content)}])
    assert ecr.list_images(repositoryName=name)["imageIds"] == []


@pytest.mark.parity("ecr:SetRepositoryPolicy", "ecr:GetRepositoryPolicy", "ecr:DeleteRepositoryPolicy")
def test_a_repository_has_a_policy_or_none(cloud: Cloud) -> None:
    ecr, name = cloud.client("ecr"), cloud.name()
    ecr.create_repository(repositoryName=name)
    cloud.later(ecr.delete_repository, repositoryName=name)
    assert code(ecr.get_repository_policy, repositoryName=name) == "RepositoryPolicyNotFoundException"
    text = json.dumps({"Version": "2012-10-17", "Statement": [PULL]})
    ecr.set_repository_policy(repositoryName=name, policyText=text)
    kept = json.loads(ecr.get_repository_policy(repositoryName=name)["policyText"])
    assert kept["Statement"][0]["Action"] == PULL["Action"]
    ecr.delete_repository_policy(repositoryName=name)
    assert code(ecr.get_repository_policy, repositoryName=name) == "RepositoryPolicyNotFoundException"
    assert (
        code(ecr.list_images, repositoryName=urllib.parse.quote(cloud.name()))
        == "RepositoryNotFoundException"
    )
