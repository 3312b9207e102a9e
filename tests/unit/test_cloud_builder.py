"""What the helper makes of a CodeBuild project and its parameter, before anything is started."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from builds_support import phases, project
from click.testing import CliRunner
from moto import mock_aws

from s_infra.cli.image import image
from s_infra.errors import SInfraError
from s_infra.packaging import cloud_builder
from s_infra.packaging.context import Packed

PACKED = Packed(b"the context", "sha256:0")
KEYS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in [one for one in os.environ if one.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        yield boto3.Session()


def test_the_same_context_is_the_same_file_in_a_zip() -> None:
    data = cloud_builder.source_of(PACKED)
    assert data == cloud_builder.source_of(PACKED)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {one.filename: archive.read(one) for one in archive.infolist()} == {
            "context.tar.gz": PACKED.data
        }


def test_a_repository_s_project_is_the_one_that_was_left_for_it(account: Any) -> None:
    assert cloud_builder.find("team/model", account) is None
    ssm = account.client("ssm")
    name = "/s-infra/image-builders/team/model"
    ssm.put_parameter(Name=name, Value='{"project": "builder"}', Type="SecureString")
    assert cloud_builder.find("team/model", account) == "builder"
    ssm.put_parameter(Name=name, Value="builder", Type="SecureString", Overwrite=True)
    with pytest.raises(SInfraError, match="names no CodeBuild project"):
        cloud_builder.find("team/model", account)


def test_a_project_tells_where_from_where_to_and_what_for(account: Any) -> None:
    codebuild = account.client("codebuild")
    role = "arn:aws:iam::123456789012:role/service-role/builds"
    source = {"type": "S3", "location": "store/packed/images/context.zip"}
    given = project("other", phases(build=["true"]), serviceRole=role, source=source)
    codebuild.create_project(**given)
    with pytest.raises(SInfraError, match="doesn't build images as the component"):
        cloud_builder.read("other", account)
    given["name"] = "builder"
    uri = "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/model"
    given["environment"]["environmentVariables"] = [{"name": "REPOSITORY_URI", "value": uri}]
    codebuild.create_project(**given)
    read = cloud_builder.read("builder", account)
    assert read == cloud_builder.Project("builder", "store", "packed/images/", uri, "linux/amd64")
    cloud_builder.check(read, uri, "linux/amd64")
    with pytest.raises(SInfraError, match="for linux/amd64, and linux/arm64 was asked for"):
        cloud_builder.check(read, uri, "linux/arm64")
    with pytest.raises(SInfraError, match="pushes to another repository"):
        cloud_builder.check(read, f"{uri}-2", None)
    with pytest.raises(SInfraError, match="no CodeBuild project of this name"):
        cloud_builder.read("nobody", account)


def test_an_engine_s_build_takes_no_project(tmp_path: Path) -> None:
    arguments = [str(tmp_path), "--repository", "r", "--tag", "v1", "--builder", "engine", "--project", "p"]
    done = CliRunner().invoke(image, ["push", *arguments])
    assert done.exit_code == 2
    assert "--project is CodeBuild's" in done.stderr
