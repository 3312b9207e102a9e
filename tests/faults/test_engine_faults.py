"""A container engine that dies under a job and comes back; a base image that it can't have."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import engine_support
import pytest
from engine_support import Daemon
from sagemaker_support import CONTAINERS, Lab, push

from s_infra.packaging import engine
from s_infra.runner.leftovers import SANDBOX_LABEL
from s_infra.sandbox import environment, supervisor

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    with engine_support.daemon("docker") as (found, reason):
        if found is None:
            pytest.skip(f"no container engine: {reason}")
        engine_support.make_base(found.engine)
        yield found


@pytest.fixture(scope="module")
def lab(daemon: Daemon, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("container")
    program = folder / "program" / "train"
    program.parent.mkdir()
    program.write_bytes((CONTAINERS / "scripted/program/train").read_bytes())
    program.chmod(0o755)
    (folder / "Dockerfile").write_text(
        f"FROM {engine_support.BASE_IMAGE}\nENV PATH=/usr/local/bin:/usr/bin:/bin\n"
        "COPY program/ /usr/local/bin/\n"
    )
    made: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", daemon.address)
        patch.setenv("S_INFRA_CONTAINERS", "auto")
        with supervisor.running() as sandbox:
            session = boto3.Session(
                environment.ACCESS_KEY_ID, environment.SECRET_ACCESS_KEY, None, sandbox.region
            )

            def client(service: str) -> Any:
                return made.setdefault(service, session.client(service, endpoint_url=sandbox.endpoint))

            yield Lab(sandbox, client, str(folder))
    for one in made.values():
        one.close()
    assert containers(daemon, sandbox.directory) == []


def containers(daemon: Daemon, sandbox: Path) -> list[Any]:
    wanted = {"label": f"{SANDBOX_LABEL}={sandbox}"}
    found: list[Any] = daemon.engine.client.api.containers(all=True, filters=wanted)
    return found


def shown(lab: Lab) -> dict[str, str]:
    """Return what `s-infra sandbox status` says of the engine."""
    return engine.checked(lab.sandbox.status["container_engine"])


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_an_engine_that_dies_fails_its_job_and_serves_again_when_it_is_back(lab: Lab, daemon: Daemon) -> None:
    sleep = {"code": "import time; print('begun', flush=True); time.sleep(100)"}
    lab.sagemaker.create_training_job(TrainingJobName="cut-off", HyperParameters=sleep, **lab.training())
    eventually(lambda: [one["State"] for one in containers(daemon, lab.sandbox.directory)] == ["running"])
    daemon.kill()
    job = lab.wait("training_job", timeout=20, TrainingJobName="cut-off")
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith(
        "InternalServerError: s-infra sandbox: the container engine Docker "
    )
    assert "went away" in job["FailureReason"]
    refused = lab.train("without", {"code": "print(1)"})
    assert refused["TrainingJobStatus"] == "Failed"
    assert "the container engine Docker" in refused["FailureReason"]
    told = shown(lab)
    assert told["way"] == "engine"
    assert "doesn't answer" in told["why"]
    again = push(lab.sandbox, Path(lab.container), "lab", "second")
    assert again.returncode == 1
    assert "start the engine again, or " in again.stderr
    assert daemon.start() is None
    assert "doesn't answer" not in shown(lab)["why"]
    assert lab.train("back", {"code": "print(2)"})["TrainingJobStatus"] == "Completed"


def test_a_base_image_that_cannot_be_had_is_named_with_the_way_out(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    # Nothing listens on the discard port.
    (folder / "Dockerfile").write_text("FROM 127.0.0.1:9/python:3.11-slim\nRUN true\n")
    pushed = push(lab.sandbox, folder, "lab", "other")
    assert (pushed.returncode, pushed.stdout) == (1, "")
    assert "the base image 127.0.0.1:9/python:3.11-slim isn't in Docker" in pushed.stderr
    assert "can't pull it" in pushed.stderr
    assert "S_INFRA_CONTAINERS=processes" in pushed.stderr
    monkeypatch.setenv("S_INFRA_CONTAINERS", "processes")
    pushed = push(lab.sandbox, folder, "lab", "other")
    assert pushed.returncode == 0, pushed.stderr
