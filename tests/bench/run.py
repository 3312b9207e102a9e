"""Measures against named peers in the same run, and prints each figure with its ratio: `make bench`.

- the sandbox against MiniStack alone, the emulator that it extends: seconds until ready, memory at rest;
- training jobs, one and twenty at once, against the same program by hand;
- Glue's jobs, in Python and in Spark, against the same scripts by hand;
- small requests to an endpoint, against its container asked directly;
- a database from CreateDBInstance until it answers, against initdb and pg_ctl start by hand;
- pages for 218 modules and for one, against terraform-docs if one is on the PATH;
- landing and uploading against s5cmd and `aws s3 cp`, unchanged artifacts, a rebuilt wheel against pip's;
- invocations of a function, cold and warm, against MiniStack's own executor;
- the sandbox's memory with everything used;
- executions of a state machine, many at once and one alone, against MiniStack's own interpreter;
- Terraform with the sandbox's provider, 30 resources from init to destroy, against the prototype's time;
- the whole module, applied and planned again, with the core of the PATH against the built-in one;
- the walk of `make demo`, split by stage and state, against the same user programs run by hand: what the
  pipeline (state machines, events, Glue, SageMaker) adds to the transform, the trials and the serving that
  the user wrote.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import bare_programs
import database
import demo
import documentation
import endpoint
import functions
import glue_jobs
import machines
import memory
import module
import packaging_bench
import psutil
import terraform
import training

from s_infra.sandbox import supervisor
from s_infra.terraform.core import BUILT_IN

REPOSITORY = Path(__file__).parents[2]
REPEATS = 5
PROGRAM = str(Path(sys.executable).with_name("s-infra"))


def main() -> None:
    """Run every comparison and print a table."""
    print(f"{'what':<34}{'ours':>10}{'peer':>10}{'ratio':>8}  peer")
    ready, memory = sandbox_at_rest()
    peer_ready, peer_memory = ministack_at_rest()
    show("ready, s (aim: 1.5)", ready, peer_ready, "MiniStack alone")
    show("memory at rest, MB (aim: 120)", memory, peer_memory, "MiniStack alone")
    training_jobs()
    show("requests/s of an endpoint", *endpoint.requests_per_second(), "its container asked directly")
    show("a database until ready, s (aim: 3)", *database.seconds_until_ready(), "initdb, pg_ctl by hand")
    glue_runs()
    executions()
    invocations()
    resources()
    everything_used()
    demo.measure()
    documented()
    for figure in packaging_bench.measure():
        packaging_bench.show(figure)


def documented() -> None:
    """Compare pages for modules, all and one, with terraform-docs' where there is one; show how they grow."""
    for one in documentation.comparisons():
        if one.peer is None:
            print(f"{one.what:<34}{one.ours:>10.3f}")
        else:
            show(one.what, one.ours, one.peer, "terraform-docs")
    for modules, taken in documentation.growth():
        print(f"  {modules:>6} modules: {taken.seconds:.2f} s, {taken.megabytes:.0f} MB")


def invocations() -> None:
    """Compare invocations of a function, by the sandbox and by MiniStack's own executor."""
    ours, peer = functions.sandboxed(), functions.ministack()
    show("a cold invocation, s (aim: 0.4)", ours.cold, peer.cold, "MiniStack's own executor")
    show("a warm invocation, ms (aim: 60)", ours.warm * 1000, peer.warm * 1000, "MiniStack's own executor")


def training_jobs() -> None:
    """Compare training jobs with the program that they run."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        subprocess.run([sys.executable, "examples/ml-ops-on-aws/data.py", folder / "data"], check=True)
        with supervisor.running() as sandbox:
            train = folder / "data/train.csv"
            bare_programs.transform(sandbox, train, folder / "channels", bare_programs.TRAINING)
        by_hand = training.bare(folder)
        ours = training.sandboxed(folder)
    show("a training job, s", ours.one, by_hand.one, "the same program by hand")
    # By a program that does nothing: the difference of two long times would be noise.
    print(f"  overhead, s (aim: 0.3){ours.nothing - by_hand.nothing:>22.2f}")
    show("twenty jobs at once, s", ours.twenty, by_hand.twenty, "the same programs by hand")
    show("twenty jobs at once, MB", ours.twenty_mb, by_hand.twenty_mb, "the same programs by hand")


def glue_runs() -> None:
    """Compare Glue's jobs with the scripts that they run."""
    shell = glue_jobs.python_shell()
    show("a Python shell job, s", shell.ours, shell.by_hand, "the same program by hand")
    print(f"  overhead, s (aim: 0.5){shell.ours - shell.by_hand:>22.2f}")
    with_spark = glue_jobs.spark_job()
    if with_spark is not None:
        show("a Spark job, s", with_spark.ours, with_spark.by_hand, "the same program by hand")
        print(f"  overhead, s{with_spark.ours - with_spark.by_hand:>33.2f}")


def executions() -> None:
    """Compare executions of a machine of five states with MiniStack's own."""
    ours, peer = machines.ours(), machines.ministack()
    show("executions/s (aim: 100)", ours.a_second, peer.a_second, "MiniStack's interpreter")
    show("an execution alone, ms (aim: 50)", ours.alone * 1e3, peer.alone * 1e3, "MiniStack's interpreter")
    print(f"  {machines.LANDINGS} landings, s (aim: 10){machines.landings():>22.2f}")


def resources() -> None:
    """Run Terraform from init to destroy."""
    with tempfile.TemporaryDirectory() as scratch:
        figures = terraform.measure(Path(scratch))
    show(
        "30 resources, init to destroy, s",
        figures.whole,
        terraform.PROTOTYPE_S,
        "the prototype, at most",
    )
    for name, seconds in figures.steps.items():
        print(f"  {name:<32}{seconds:>10.2f}")
    show("terraform validate, s", figures.validate, figures.validate_bare, "the same without a provider")
    print(f"  memory, with the services used, MB{figures.grown_mb:>10.1f}")
    whole_module()


def whole_module() -> None:
    """Apply the first example and plan it again."""
    by_core = module.seconds()
    found, built_in = next(iter(by_core.values())), by_core[BUILT_IN]
    aims = {"apply": "8", "empty plan": "3"}
    for name, ours in found.items():
        aim = f" (aim: {aims[name]})" if name in aims else ""
        show(f"the whole module: {name}, s{aim}", ours, built_in[name], "the built-in core")


def everything_used() -> None:
    """Use every service but Spark."""
    found = memory.peak()
    print(f"  memory with everything used, MB (aim: 400){found.own:>10.0f}")
    print(f"  the same with users' programs, MB{found.whole:>19.0f}")


def show(what: str, ours: float, peer: float, peer_name: str) -> None:
    """Print one comparison."""
    print(f"{what:<34}{ours:>10.2f}{peer:>10.2f}{ours / peer:>8.2f}  {peer_name}")


def sandbox_at_rest() -> tuple[float, float]:
    """Return the median seconds until the sandbox is ready and its memory in MB."""

    @contextmanager
    def start() -> Iterator[int]:
        with supervisor.running() as sandbox:
            yield sandbox.pid

    return _median(start)


def ministack_at_rest() -> tuple[float, float]:
    """Return the same for MiniStack's own program."""

    @contextmanager
    def start() -> Iterator[int]:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        process = subprocess.Popen(
            [sys.executable, "-m", "ministack"],
            env={
                **os.environ,
                "GATEWAY_PORT": str(port),
                "BIND_HOST": "127.0.0.1",
                "IOT_MTLS_ENABLED": "0",
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            while not _answers(port):
                time.sleep(0.02)
            yield process.pid
        finally:
            process.terminate()
            process.wait()

    return _median(start)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _median(start: Callable[[], AbstractContextManager[int]]) -> tuple[float, float]:
    figures = []
    for _ in range(REPEATS):
        begun = time.monotonic()
        with start() as pid:
            ready = time.monotonic() - begun
            family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
            # Shared pages are counted once: what ending the programs would give back.
            memory = sum(process.memory_full_info().uss for process in family) / 2**20
        figures.append((ready, memory))
    middle = REPEATS // 2
    return sorted(ready for ready, _ in figures)[middle], sorted(memory for _, memory in figures)[middle]


if __name__ == "__main__":
    main()
