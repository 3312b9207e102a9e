"""Images by an engine: built, held to the contract, pushed as to AWS, refused with its last words."""

from __future__ import annotations

import dataclasses
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import engine_support
import pytest
import requests
from check_support import SERVE, TRAIN
from sagemaker_support import Clients

from s_infra.errors import SInfraError
from s_infra.packaging import building, buildkit, context, images, registry
from s_infra.packaging.building import Wanted
from s_infra.packaging.engine import CONTEXT_LABEL, Engine
from s_infra.sandbox import supervisor
from s_infra.sandbox.supervisor import Sandbox
from s_infra.tar import tarfile

pytestmark = pytest.mark.timeout(120)
OWN = Wanted(platform=None)


@pytest.fixture(scope="module", params=["docker", "podman"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with engine_support.pointed_at(request.param) as found:
        yield found


@pytest.fixture(scope="module")
def sandbox(engine: Engine) -> Iterator[Sandbox]:
    with supervisor.running() as running:
        yield running


@pytest.fixture(autouse=True)
def pointed(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    # Choosing a way takes them out of the environment.
    monkeypatch.setenv("DOCKER_HOST", engine.address)


@pytest.fixture
def container(tmp_path: Path) -> Path:
    folder = tmp_path / "container"
    (folder / "program").mkdir(parents=True)
    (folder / "sample/train").mkdir(parents=True)
    (folder / "program/train").write_text(TRAIN)
    (folder / "program/serve").write_text(SERVE)
    for path in (folder / "program").iterdir():
        path.chmod(0o755)
    (folder / ".dockerignore").write_text("sample\n")
    (folder / "sample/train/train.csv").write_text("1,2\n")
    (folder / "sample/request.csv").write_text("2\n")
    (folder / "Dockerfile").write_text(
        f"FROM {engine_support.BASE_IMAGE}\nENV PATH=/usr/local/bin:/usr/bin:/bin\n"
        "COPY program/ /usr/local/bin/\nUSER 1000\n"
    )
    return folder


def check(folder: Path, address: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does; the SDK leaves a socket of each container to the garbage collector."""
    program = Path(sys.executable).with_name("s-infra")
    platform = f"linux/{'arm64' if os.uname().machine == 'aarch64' else 'amd64'}"
    return subprocess.run(
        [str(program), "image", "check", str(folder), "--platform", platform],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "DOCKER_HOST": address, "S_INFRA_CONTAINERS": "engine"},
    )


def test_the_contract_is_held_to_in_a_container_that_is_gone_afterwards(
    engine: Engine, container: Path
) -> None:
    before = engine.client.api.containers(all=True)
    done = check(container, engine.address)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("✓") == 8
    assert len(engine.client.api.containers(all=True)) == len(before)
    names = [name for image in engine.client.api.images() for name in image.get("RepoTags") or ()]
    assert not [name for name in names if "s-infra-check" in name]


def test_a_dockerfile_that_fails_shows_its_last_lines(engine: Engine, container: Path) -> None:
    with (container / "Dockerfile").open("a") as file:
        file.write('RUN echo "looking for it" && ls /no-such-file\n')
    with pytest.raises(SInfraError, match="can't be built") as caught:
        building.build_alone(container, "failing:1", OWN, lambda _: None)
    assert "looking for it" in caught.value.what
    assert "no-such-file" in caught.value.what
    assert not engine.has("failing:1")


# A frontend from elsewhere would have to be fetched; a USER is looked up in a list that the base hasn't.
FOR_BUILDKIT = f"""# syntax=docker/dockerfile:1
FROM {engine_support.BASE_IMAGE}
ENV PATH=/usr/local/bin:/usr/bin:/bin
COPY --chmod=711 program/ /usr/local/bin/
RUN --mount=type=cache,target=/kept """


@pytest.fixture
def without_bridge(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' engine has no bridge, which is the network of BuildKit's steps if no other is named."""
    post = requests.Session.post

    def without(session: requests.Session, url: str, **given: Any) -> requests.Response:
        if (given.get("params") or {}).get("version") == buildkit.SECOND_BUILDER:
            given["params"]["networkmode"] = "none"
        return post(session, url, **given)

    monkeypatch.setattr(requests.Session, "post", without)


@pytest.mark.usefixtures("without_bridge")
def test_a_dockerfile_for_buildkit_is_built(engine: Engine, container: Path) -> None:
    (container / "Dockerfile").write_text(f"{FOR_BUILDKIT}echo made > /made\n")
    told: list[str] = []
    built = building.build_alone(container, "by-buildkit:1", OWN, told.append)
    api = engine.client.api
    found = api.create_container(built, command=["none"])
    try:
        parts, _ = api.get_archive(found["Id"], "/made")
        with tarfile.open(fileobj=io.BytesIO(b"".join(parts))) as archive:
            file = archive.extractfile("made")
            assert file is not None
            assert file.read() == b"made\n"
    finally:
        api.remove_container(found["Id"])
    labels = api.inspect_image(built)["Config"]["Labels"]
    assert labels[CONTEXT_LABEL] == context.pack(context.read(container)).digest
    assert any("echo made" in line for line in told)
    engine.remove("by-buildkit:1")


@pytest.mark.usefixtures("without_bridge")
def test_a_dockerfile_for_buildkit_that_fails_shows_its_last_lines(engine: Engine, container: Path) -> None:
    (container / "Dockerfile").write_text(f'{FOR_BUILDKIT}echo "looking for it" && ls /no-such-file\n')
    with pytest.raises(SInfraError, match="can't be built") as caught:
        building.build_alone(container, "failing:2", OWN, lambda _: None)
    assert caught.value.what.count("looking for it") >= 2
    assert "No such file" in caught.value.what
    assert not engine.has("failing:2")


def test_an_image_of_another_processor_is_refused(engine: Engine, container: Path) -> None:
    mine = engine.architecture(engine_support.BASE_IMAGE)
    other = "arm64" if mine == "amd64" else "amd64"
    with pytest.raises(SInfraError) as caught:
        building.build_alone(container, "other:1", Wanted(f"linux/{other}"), lambda _: None)
    assert mine in str(caught.value) or other in str(caught.value)
    assert not engine.has("other:1")


def test_a_base_by_its_tag_is_refused_when_the_user_asks(engine: Engine, container: Path) -> None:
    with pytest.raises(SInfraError, match="named by a tag") as caught:
        building.build_alone(container, "loose:1", Wanted(None, pinned_base=True), lambda _: None)
    assert caught.value.which == f"FROM {engine_support.BASE_IMAGE}"


def test_an_image_for_aws_is_pushed_once_for_each_content(
    engine: Engine,
    sandbox: Sandbox,
    clients: Clients,
    container: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = f"aws/{container.parent.name.replace('_', '-')[:40]}"
    for variable, value in sandbox.environment.items():
        monkeypatch.setenv(variable, value)
    clients("ecr").create_repository(repositoryName=name, imageTagMutability="IMMUTABLE")
    push_built = images._push_built

    def to_the_sandbox(*arguments: Any) -> images.Pushed:
        """Push as to AWS, whose address the sandbox's registry stands in for."""
        given = list(arguments)
        given[4] = dataclasses.replace(given[4], endpoint=sandbox.endpoint)
        given[5] = registry.local(sandbox.endpoint, name, "v1")
        return push_built(*given)

    monkeypatch.setattr(images, "sandbox_endpoint", lambda: None)
    monkeypatch.setattr(images, "_push_built", to_the_sandbox)
    wanted = Wanted(f"linux/{engine.architecture(engine_support.BASE_IMAGE)}")

    def push() -> images.Pushed:
        return images.push(container, name, "v1", lambda _: None, wanted=wanted)

    first = push()
    assert first.uploaded
    (stored,) = clients("ecr").describe_images(repositoryName=name)["imageDetails"]
    assert first.digest == stored["imageDigest"]
    assert first.by_digest == f"{first.uri.removesuffix(':v1')}@{stored['imageDigest']}"
    again = push()
    assert (again.uploaded, again.digest) == (False, first.digest)
    (container / "program/train").write_text("#!/bin/sh\n")
    with pytest.raises(SInfraError, match="tags are immutable"):
        push()
    assert len(clients("ecr").describe_images(repositoryName=name)["imageDetails"]) == 1
