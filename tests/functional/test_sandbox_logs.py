"""`s-infra sandbox logs`: what jobs wrote, and what they write while one looks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from s_infra.sandbox import supervisor

COMMAND = str(Path(sys.executable).parent / "s-infra")


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[supervisor.Sandbox]:
    monkeypatch.setenv("S_INFRA_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    found = supervisor.start("default")
    logs = found.client("logs")
    for group, stream, message in (
        ("/aws/sagemaker/TrainingJobs", "one/algo-1", "epoch 1"),
        ("/aws/sagemaker/TrainingJobs", "two/algo-1", "epoch 2"),
        ("/aws/lambda/told", "one", "START"),
    ):
        if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            logs.create_log_group(logGroupName=group)
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        write(found, group, stream, message)
    logs.close()
    yield found
    found.stop()


def write(sandbox: supervisor.Sandbox, group: str, stream: str, message: str) -> None:
    logs = sandbox.client("logs")
    event = {"timestamp": 1_700_000_000_000 + len(message), "message": message}
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[event])
    logs.close()


def shown(*arguments: str) -> list[str]:
    command = [COMMAND, "sandbox", "logs", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return [line.split(" ", 1)[1] for line in done.stdout.splitlines()]


def test_logs_are_told_apart_by_group_and_job(running: supervisor.Sandbox) -> None:
    assert len(shown()) == 3
    group = "/aws/sagemaker/TrainingJobs"
    assert shown("--group", group) == [f"{group} one/algo-1: epoch 1", f"{group} two/algo-1: epoch 2"]
    assert shown("--group", group, "--job", "two") == [f"{group} two/algo-1: epoch 2"]
    assert shown("--job", "three") == []


def test_logs_are_followed_until_the_sandbox_ends(running: supervisor.Sandbox) -> None:
    command = [COMMAND, "sandbox", "logs", "--follow", "--job", "one/"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ}) as process:
        assert process.stdout is not None
        assert process.stdout.readline().endswith("one/algo-1: epoch 1\n")
        write(running, "/aws/sagemaker/TrainingJobs", "one/algo-1", "epoch 2, live")
        assert process.stdout.readline().endswith("one/algo-1: epoch 2, live\n")
        running.stop()
        assert process.stdout.read() == ""
        assert process.wait(timeout=20) == 0


def test_the_servers_own_log_is_shown(running: supervisor.Sandbox) -> None:
    with (running.directory / supervisor.LOG_FILE).open("a") as log:
        log.write("said by the server\n")
    command = [COMMAND, "sandbox", "logs", "--server"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.endswith("said by the server\n")
    mixed = subprocess.run([*command, "--job", "one"], capture_output=True, text=True, timeout=60)
    assert mixed.returncode == 2
