"""`s-infra image push` to a sandbox: the URI, the digest, immutable tags, and what is refused."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from check_support import TRAIN
from check_support import container as checked_container
from sagemaker_support import CONTAINERS, Clients, push

from s_infra.errors import SInfraError
from s_infra.packaging import images as images_of_package
from s_infra.packaging import registry
from s_infra.sandbox import supervisor
from s_infra.sandbox.supervisor import Sandbox

DIGEST_START = "sha256:"
PROGRAM = Path(sys.executable).with_name("s-infra")


@pytest.fixture
def container(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CONTAINERS / "scripted", tmp_path / "container"))


@pytest.fixture
def repository(clients: Clients, request: pytest.FixtureRequest) -> str:
    name = f"team/{request.node.name.replace('_', '-')[:60]}"
    clients("ecr").create_repository(repositoryName=name, imageTagMutability="IMMUTABLE")
    return name


def images(clients: Clients, repository: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = clients("ecr").describe_images(repositoryName=repository)["imageDetails"]
    return found


def test_the_uri_is_all_of_stdout_and_the_layer_is_in_the_registry(
    sandbox: Sandbox, clients: Clients, container: Path, repository: str
) -> None:
    pushed = push(sandbox, container, repository, "v1")
    assert pushed.returncode == 0, pushed.stderr
    assert pushed.stdout == f"000000000000.dkr.ecr.us-east-1.amazonaws.com/{repository}:v1\n"
    answer = clients("ecr").batch_get_image(repositoryName=repository, imageIds=[{"imageTag": "v1"}])
    manifest = json.loads(answer["images"][0]["imageManifest"])
    assert manifest["artifactType"] == registry.ARTIFACT_TYPE
    token = clients("ecr").get_authorization_token()["authorizationData"][0]["authorizationToken"]
    host = registry.parse(pushed.stdout.strip()).host
    store = registry.Registry(sandbox.endpoint, host, repository, token)
    layer = manifest["layers"][0]
    assert len(store.get_blob(layer["digest"])) == layer["size"]


def test_the_same_context_again_sends_nothing_and_another_is_refused(
    sandbox: Sandbox, clients: Clients, container: Path, repository: str
) -> None:
    first = push(sandbox, container, repository, "v1")
    assert first.returncode == 0, first.stderr
    again = push(sandbox, container, repository, "v1")
    assert (again.returncode, again.stdout) == (0, first.stdout)
    assert "nothing sent" in again.stderr
    (container / "program/train").write_text("#!/bin/sh\n")
    other = push(sandbox, container, repository, "v1")
    assert other.returncode == 1
    assert "the tag v1 holds another image" in other.stderr
    assert other.stdout == ""
    assert len(images(clients, repository)) == 1
    assert push(sandbox, container, repository, "v2").returncode == 0
    assert len(images(clients, repository)) == 2


def test_the_same_source_has_the_same_digest_in_every_repository(
    sandbox: Sandbox, clients: Clients, container: Path, repository: str
) -> None:
    clients("ecr").create_repository(repositoryName="another")
    for name in (repository, "another"):
        assert push(sandbox, container, name, "v1").returncode == 0
    digests = {images(clients, name)[0]["imageDigest"] for name in (repository, "another")}
    assert len(digests) == 1
    assert digests.pop().startswith(DIGEST_START)


def test_an_apt_package_is_a_warning_with_its_name(
    sandbox: Sandbox, container: Path, repository: str
) -> None:
    with (container / "Dockerfile").open("a") as file:
        file.write("RUN apt-get install -y tini\n")
    pushed = push(sandbox, container, repository, "v1")
    assert pushed.returncode == 0
    assert "warning: apt-get install: not done here" in pushed.stderr
    assert "tini" in pushed.stderr


def test_a_step_that_cannot_be_done_is_refused_with_its_line(
    sandbox: Sandbox, clients: Clients, container: Path, repository: str
) -> None:
    with (container / "Dockerfile").open("a") as file:
        file.write("RUN curl https://example.org/install.sh\n")
    pushed = push(sandbox, container, repository, "v1")
    assert pushed.returncode == 1
    assert "can't be carried out: curl https://example.org/install.sh" in pushed.stderr
    assert "Dockerfile, line 5" in pushed.stderr
    assert images(clients, repository) == []


def test_a_repository_that_is_not_there_is_named(sandbox: Sandbox, container: Path) -> None:
    pushed = push(sandbox, container, "nowhere/at-all", "v1")
    assert pushed.returncode == 1
    assert "nowhere/at-all" in pushed.stderr
    assert "Traceback" not in pushed.stderr


def test_what_breaks_the_contract_is_not_pushed(
    sandbox: Sandbox, clients: Clients, repository: str, tmp_path: Path
) -> None:
    broken = checked_container(tmp_path / "broken", TRAIN.replace("sys.exit(3)", "sys.exit(0)"))
    done = push(sandbox, broken, repository, "v1", "--check")
    assert (done.returncode, done.stdout) == (1, "")
    assert "doesn't keep SageMaker's contract" in done.stderr
    assert images(clients, repository) == []
    whole = checked_container(tmp_path / "whole")
    done = push(sandbox, whole, repository, "v1", "--check", "--by-digest")
    (pushed,) = images(clients, repository)
    assert done.stdout.strip().endswith(f"/{repository}@{pushed['imageDigest']}"), done.stderr


@pytest.fixture
def as_aws(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox, tmp_path: Path) -> None:
    """Have the sandbox taken for AWS, with no engine on this machine."""
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(images_of_package, "sandbox_endpoint", lambda: None)
    monkeypatch.setenv("S_INFRA_CONTAINERS", "auto")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody")


@pytest.mark.usefixtures("as_aws")
@pytest.mark.parametrize(("way", "why"), [("auto", "doesn't answer"), ("processes", "asks for processes")])
def test_an_image_for_aws_needs_an_engine(
    container: Path,
    clients: Clients,
    repository: str,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
    why: str,
) -> None:
    monkeypatch.setenv("S_INFRA_CONTAINERS", way)
    with pytest.raises(SInfraError, match="none answers on this machine") as caught:
        images_of_package.push(container, repository, "v1", lambda _: None)
    assert why in str(caught.value.which)
    assert 'image_push = "none"' in str(caught.value.next_step)
    assert images(clients, repository) == []


def test_an_image_that_only_an_engine_can_run_needs_one(
    sandbox: Sandbox, clients: Clients, repository: str
) -> None:
    token = clients("ecr").get_authorization_token()["authorizationData"][0]["authorizationToken"]
    host = "000000000000.dkr.ecr.us-east-1.amazonaws.com"
    store = registry.Registry(sandbox.endpoint, host, repository, token)
    store.put_blob(b"{}")
    configuration = {"mediaType": "application/vnd.oci.image.config.v1+json", "size": 2}
    content = {
        "schemaVersion": 2,
        "mediaType": registry.MANIFEST_TYPE,
        "config": {**configuration, "digest": registry.digest(b"{}")},
        "layers": [],
    }
    store.put_manifest(json.dumps(content).encode(), "built")
    with pytest.raises(
        clients("sagemaker").exceptions.ClientError, match="has no container engine to run it"
    ):
        clients("sagemaker").create_model(
            ModelName="built",
            PrimaryContainer={"Image": f"{host}/{repository}:built"},
            ExecutionRoleArn="arn:aws:iam::000000000000:role/sagemaker",
        )


def test_a_sandbox_that_is_to_use_an_engine_does_not_start_without(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("S_INFRA_CONTAINERS", "engine")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody")
    with (
        pytest.raises(SInfraError, match="asks for a container engine, and none can be used"),
        supervisor.running(),
    ):
        pytest.fail("it started")


@pytest.mark.skipif(sys.platform != "linux", reason="mount namespaces are Linux's")
def test_a_disk_that_is_full_while_the_environment_is_built_is_told_and_nothing_is_pushed(
    sandbox: Sandbox, clients: Clients, container: Path, repository: str, tmp_path: Path
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    pushing = f"{PROGRAM} image push {container} --repository {repository} --tag v1"
    command = f"mount -t tmpfs -o size=64k tmpfs {small} && exec {pushing}"
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "--", "sh", "-c", command],
        env={
            **os.environ,
            **sandbox.environment,
            "XDG_CACHE_HOME": str(small),
            "S_INFRA_CONTAINERS": "processes",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "No space left on device" in done.stderr
    assert f"next:  make room on the disk of {small}" in done.stderr
    assert "Traceback" not in done.stderr
    assert images(clients, repository) == []
