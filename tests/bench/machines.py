"""Measures state machines: executions a second with 20 clients, one alone, and 1,000 landings.

The peer is MiniStack's own interpreter. `python tests/bench/machines.py`; `make bench` has it, too.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

sys.path.append(str(Path(__file__).parents[1] / "support"))

from landings_support import Landings
from machine_support import ROLE, definition

from s_infra.sandbox import supervisor

CLIENTS = 20
EXECUTIONS = 20  # by each client
ALONE = 20
LANDINGS = 1000
INPUT = json.dumps({"n": 20})
FIVE_STATES: dict[str, Any] = {
    "Take": {"Type": "Pass", "Assign": {"n": "{% $states.input.n %}"}, "Next": "Double"},
    "Double": {"Type": "Pass", "Output": {"n": "{% $n * 2 %}"}, "Next": "Decide"},
    "Decide": {
        "Type": "Choice",
        "Choices": [{"Condition": "{% $states.input.n > 30 %}", "Next": "Tell"}],
        "Default": "End",
    },
    "Tell": {"Type": "Pass", "Output": {"told": "{% 'n is ' & $string($states.input.n) %}"}, "Next": "End"},
    "End": {"Type": "Succeed"},
}


@dataclass(frozen=True)
class Figures:
    """Executions a second with 20 clients, and the median seconds of one alone."""

    a_second: float
    alone: float


def ours() -> Figures:
    """Return the sandbox's figures."""
    with supervisor.running() as sandbox:
        return _measured(sandbox.endpoint)


def ministack() -> Figures:
    """Return those of MiniStack's own program."""
    with running_ministack() as endpoint:
        return _measured(endpoint)


def landings() -> float:
    """Return the seconds from the first of 1,000 files to the end of the last of their executions."""
    with supervisor.running() as sandbox:
        made: dict[str, Any] = {}

        def clients(service: str) -> Any:
            if service not in made:
                made[service] = _client(service, sandbox.endpoint)
            return made[service]

        return Landings(clients).land(LANDINGS, within=120)


def _client(service: str, endpoint: str) -> Any:
    session = boto3.Session("test", "test", region_name="us-east-1")
    config = Config(max_pool_connections=CLIENTS, retries={"total_max_attempts": 1})
    return session.client(service, endpoint_url=endpoint, config=config)


def _measured(endpoint: str) -> Figures:
    states = _client("stepfunctions", endpoint)
    machine = states.create_state_machine(name="five", definition=definition(FIVE_STATES), roleArn=ROLE)
    arn = machine["stateMachineArn"]
    _run(states, arn, 5)
    alone = statistics.median(_run(states, arn, 1) for _ in range(ALONE))
    threads = [threading.Thread(target=_run, args=(states, arn, EXECUTIONS)) for _ in range(CLIENTS)]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Figures(CLIENTS * EXECUTIONS / (time.monotonic() - begun), alone)


def _run(states: Any, machine: str, count: int) -> float:
    """Run so many executions at once and wait for them; return the seconds."""
    begun = time.monotonic()
    started = [
        states.start_execution(stateMachineArn=machine, input=INPUT)["executionArn"] for _ in range(count)
    ]
    for arn in started:
        while (found := states.describe_execution(executionArn=arn))["status"] == "RUNNING":
            time.sleep(0.002)
        assert json.loads(found["output"]) == {"told": "n is 40"}, found
    return time.monotonic() - begun


@contextmanager
def running_ministack() -> Iterator[str]:
    """Start MiniStack's own program; yield its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "IOT_MTLS_ENABLED": "0"}
    process = subprocess.Popen(
        [sys.executable, "-m", "ministack"],
        env={**os.environ, **settings},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while socket.socket().connect_ex(("127.0.0.1", port)):
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    own, peer = ours(), ministack()
    print(f"executions/s {own.a_second:.0f}, MiniStack's {peer.a_second:.0f}, ", end="")
    print(f"ratio {own.a_second / peer.a_second:.2f} (aim: 100)")
    print(f"one alone, ms {own.alone * 1000:.0f}, MiniStack's {peer.alone * 1000:.0f}, ", end="")
    print(f"ratio {own.alone / peer.alone:.2f} (aim: 50)")
    print(f"{LANDINGS} landings, s {landings():.1f} (aim: 10)")
