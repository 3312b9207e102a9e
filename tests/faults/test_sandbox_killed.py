"""kill -9 of a sandbox that trains and serves: nothing of it runs on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from endpoint_support import serve_model
from sagemaker_support import Lab

from s_infra.sandbox import namespaces, supervisor

# It ignores what it can, in a session of its own.
STUBBORN = "setsid sh -c 'trap \"\" TERM HUP; echo up; sleep 300; : stubborn' & wait; : trainer"


class Clients:
    """Clients on a sandbox, to be closed."""

    def __init__(self, sandbox: supervisor.Sandbox) -> None:
        self._sandbox = sandbox
        self.made: dict[str, Any] = {}

    def __call__(self, service: str) -> Any:
        if service not in self.made:
            self.made[service] = self._sandbox.client(service)
        return self.made[service]


@pytest.mark.skipif(not namespaces.for_server().available, reason="no namespaces on this machine")
def test_no_training_program_and_no_server_outlives_a_killed_sandbox(tmp_path: Path) -> None:
    sandbox = supervisor.start("killed", directory=tmp_path / "killed")
    clients = Clients(sandbox)
    try:
        lab = Lab(sandbox, clients, "scripted")
        algorithm: dict[str, Any] = {"TrainingImage": lab.image, "TrainingInputMode": "File"}
        algorithm |= {"ContainerEntrypoint": ["sh", "-c"], "ContainerArguments": [STUBBORN]}
        lab.sagemaker.create_training_job(
            TrainingJobName="stubborn", **lab.training(AlgorithmSpecification=algorithm)
        )
        assert serve_model(lab, "served", ANSWER="body")["EndpointStatus"] == "InService"
        root = psutil.Process(sandbox.pid)
        wait_for(lambda: {"stubborn", "trainer", "/serve"} <= seen(root))
        family = [root, *root.children(recursive=True)]
        assert len(family) > 5
        os.kill(sandbox.pid, signal.SIGKILL)
        gone, left = psutil.wait_procs(family, timeout=5)
        assert left == []
        assert len(gone) == len(family)
    finally:
        for client in clients.made.values():
            client.close()
        sandbox.stop()


def seen(root: psutil.Process) -> set[str]:
    """Return which of the words stand in a command line below this process."""
    lines = []
    for process in root.children(recursive=True):
        try:
            lines.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return {word for word in ("stubborn", "trainer", "/serve") if any(word in line for line in lines)}


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
