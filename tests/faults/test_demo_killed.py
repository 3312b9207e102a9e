"""kill -9 of the demo, while the user's program trains, leaves no process behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

REPOSITORY = Path(__file__).parents[2]
DEMO = ["sandbox", "exec", "--", sys.executable, "examples/walk.py", "ml-ops-on-aws"]


def test_kill_9_of_the_demo_leaves_no_process(tmp_path: Path) -> None:
    demo = subprocess.Popen(
        [str(Path(sys.executable).with_name("s-infra")), *DEMO],
        cwd=REPOSITORY,
        env={**os.environ, "S_INFRA_STATE_DIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        family = wait_for_a_training_program(demo)
    finally:
        demo.send_signal(signal.SIGKILL)
        demo.wait()
    assert len(family) > 5
    _, alive = psutil.wait_procs(family, timeout=10)
    assert [process.cmdline() for process in alive] == []


def wait_for_a_training_program(demo: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Return all that the demo has started, as soon as a container's `train` is among it."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        assert demo.poll() is None, "the demo has ended before it trained"
        family = psutil.Process(demo.pid).children(recursive=True)
        if any(runs_train(process) for process in family):
            return family
        time.sleep(0.1)
    raise AssertionError("nothing was trained")


def runs_train(process: psutil.Process) -> bool:
    try:
        return any(argument.endswith("/train") for argument in process.cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
