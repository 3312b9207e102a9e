"""Images by CodeBuild: the component's project builds with a real engine, and the helper follows."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import engine_support
import pytest
from builds_support import Clients, built, context, log, phases
from module_support import REPOSITORY, workspace

from s_infra.errors import SInfraError
from s_infra.packaging import images, registry
from s_infra.packaging.building import Wanted
from s_infra.packaging.engine import CONTEXT_LABEL, Engine
from s_infra.sandbox import supervisor
from s_infra.sandbox.services.codebuild.program import SYSTEM_PATH
from s_infra.sandbox.supervisor import Sandbox

pytestmark = pytest.mark.timeout(180)
NAME, PROJECT = "minimal/built", "minimal-images"
PLATFORM = f"linux/{'arm64' if os.uname().machine == 'aarch64' else 'amd64'}"


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    if shutil.which("docker", path=SYSTEM_PATH) is None:
        pytest.skip("no program docker: images are not built by CodeBuild")
    with engine_support.pointed_at("docker") as found:
        yield found


@pytest.fixture(scope="module")
def sandbox(engine: Engine) -> Iterator[Sandbox]:
    """A sandbox that has the engine, and that holds each build to its role."""
    with supervisor.running(iam=True) as running:
        yield running


@pytest.fixture(scope="module")
def applied(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> None:
    component = REPOSITORY / "components/aws/codebuild-image"
    workspace(component / "examples/minimal", sandbox, tmp_path_factory.mktemp("builder")).apply()


@pytest.fixture(autouse=True)
def pointed(applied: None, engine: Engine, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    # What this process would use itself: nothing, as on a machine without an engine.
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")


@pytest.fixture
def container(tmp_path: Path) -> Path:
    (tmp_path / "word").write_text(tmp_path.name)
    (tmp_path / "Dockerfile").write_text(
        f"FROM {engine_support.BASE_IMAGE}\nENV PATH=/usr/bin:/bin\nCOPY word /word\n"
    )
    return tmp_path


def push(container: Path, tag: str, told: list[str], **more: Any) -> images.Pushed:
    given: dict[str, Any] = {"builder": "codebuild", "project": PROJECT, "wanted": Wanted(PLATFORM), **more}
    return images.push(container, NAME, tag, told.append, **given)


def builds(clients: Clients) -> list[str]:
    found: list[str] = clients("codebuild").list_builds_for_project(projectName=PROJECT)["ids"]
    return found


def test_an_image_is_built_in_the_account_once_and_runs_by_its_digest(
    engine: Engine, sandbox: Sandbox, clients: Clients, container: Path
) -> None:
    told: list[str] = []
    pushed = push(container, "v1", told)
    (stored,) = clients("ecr").describe_images(repositoryName=NAME, imageIds=[{"imageTag": "v1"}])[
        "imageDetails"
    ]
    assert (pushed.uploaded, pushed.digest) == (True, stored["imageDigest"])
    # The log is the engine's own, told as it comes, in AWS's names.
    assert any(line.startswith("Step 3/4 : COPY word /word") for line in told)
    assert f"Successfully tagged {pushed.uri}" in told
    (build,) = clients("codebuild").batch_get_builds(ids=builds(clients)[:1])["builds"]
    assert build["exportedEnvironmentVariables"] == [{"name": "IMAGE_DIGEST", "value": pushed.digest}]
    # A build's engine is its own on AWS: the name that it gave is gone here.
    assert not engine.has(registry.local(sandbox.endpoint, NAME, "v1"))
    token = clients("ecr").get_authorization_token()["authorizationData"][0]["authorizationToken"]
    local = registry.local(sandbox.endpoint, NAME, str(pushed.digest))
    engine.pull(local, token)
    assert CONTEXT_LABEL in engine.client.api.inspect_image(local)["Config"]["Labels"]
    command = ["cat", "/word"]
    assert (
        engine.client.containers.run(local, command, network_mode="none", remove=True)
        == container.name.encode()
    )
    before = builds(clients)
    again = push(container, "v1", told)
    assert (again.uploaded, again.digest, builds(clients)) == (False, pushed.digest, before)
    (container / "word").write_text("another")
    with pytest.raises(SInfraError, match="tags are immutable"):
        push(container, "v1", told)
    assert builds(clients) == before


def test_a_dockerfile_that_fails_shows_its_last_lines(clients: Clients, container: Path) -> None:
    with (container / "Dockerfile").open("a") as file:
        file.write('RUN echo "looking for it" && ls /no-such-file\n')
    with pytest.raises(SInfraError, match="can't be built: BUILD FAILED") as caught:
        push(container, "failing", [])
    assert "looking for it" in caught.value.what
    assert "'/no-such-file': No such file or directory" in caught.value.what
    assert caught.value.which == builds(clients)[0]
    answer = clients("ecr").batch_get_image(repositoryName=NAME, imageIds=[{"imageTag": "failing"}])
    assert answer["images"] == []


def test_without_an_engine_the_project_that_a_module_left_is_found_and_a_build_is_joined(
    clients: Clients, container: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "sandbox_endpoint", lambda: None)
    monkeypatch.setenv("S_INFRA_CONTAINERS", "auto")
    given: dict[str, Any] = {"builder": "auto", "project": None}
    with pytest.raises(SInfraError, match="none answers on this machine") as caught:
        push(container, "v2", [], **given)
    assert "image_builder" in str(caught.value.next_step)
    with pytest.raises(SInfraError, match="no CodeBuild project is known"):
        push(container, "v2", [], builder="codebuild", project=None)
    clients("ssm").put_parameter(
        Name=f"/s-infra/image-builders/{NAME}", Value=f'{{"project": "{PROJECT}"}}', Type="SecureString"
    )
    with (container / "Dockerfile").open("a") as file:
        file.write("RUN sleep 2\n")
    before = builds(clients)

    class Interrupting(list[str]):
        def append(self, line: str) -> None:
            super().append(line)
            if line.startswith("Step 4/"):
                raise KeyboardInterrupt

    told = Interrupting()
    with pytest.raises(KeyboardInterrupt):
        push(container, "v2", told, **given)
    (started,) = set(builds(clients)) - set(before)
    assert f"stop-build --id {started}" in told[-1]
    told_again: list[str] = []
    pushed = push(container, "v2", told_again, **given)
    assert told_again[0] == f"following {started}, which builds this already"
    assert pushed.uploaded
    assert set(builds(clients)) - set(before) == {started}


def test_what_would_be_wrong_starts_nothing(clients: Clients, container: Path) -> None:
    before = builds(clients)
    with pytest.raises(SInfraError, match="named by a tag"):
        push(container, "v3", [], wanted=Wanted(PLATFORM, pinned_base=True))
    with pytest.raises(SInfraError, match="and linux/s390x was asked for"):
        push(container, "v3", [], wanted=Wanted("linux/s390x"))
    with pytest.raises(SInfraError, match="no CodeBuild project of this name"):
        push(container, "v3", [], project="nobody")
    clients("ecr").create_repository(repositoryName="other")
    with pytest.raises(SInfraError, match="pushes to another repository"):
        images.push(container, "other", "v3", print, builder="codebuild", project=PROJECT)
    assert builds(clients) == before


def test_a_build_s_engine_makes_images_and_nothing_else(clients: Clients) -> None:
    commands = [
        "docker version --format '{{.Server.Os}}'",
        "echo FROM scratch | docker build --network host - || true",
        f"docker run --rm {engine_support.BASE_IMAGE} ls /",
    ]
    source = {"sourceTypeOverride": "NO_SOURCE", "sourceLocationOverride": ""}
    done = built(clients("codebuild"), PROJECT, buildspecOverride=phases(build=commands), **source)
    lines = log(clients("logs"), done)
    assert lines[0] == "linux"
    assert "docker's build --network host isn't carried out in builds" in "\n".join(lines)
    assert "docker's POST /containers/create isn't carried out in builds" in "\n".join(lines)
    assert context(done, "BUILD")[0] == "COMMAND_EXECUTION_ERROR"
