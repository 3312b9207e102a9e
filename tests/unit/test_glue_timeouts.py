"""A Glue run whose time is up ends, with all that it has started."""

from __future__ import annotations

import subprocess
import sys
import time

import psutil

from s_infra.sandbox.services.glue import runs

# A child that doesn't listen to SIGTERM, as a program may.
PROGRAM = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
signal.signal(signal.SIGTERM, signal.SIG_DFL)
time.sleep(600)
"""


def test_a_run_over_its_time_leaves_nothing_running() -> None:
    process = subprocess.Popen(
        [sys.executable, "-S", "-c", PROGRAM], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    with process.stdout:
        child = int(process.stdout.readline())
    run = runs.Run("jr", {}, {}, timeout_minutes=1, max_capacity=1.0, started_on=time.time() - 61)
    told = "Job run exceeded its timeout of 1 minutes"
    assert runs._wait(process, run, ()) == ("TIMEOUT", told)
    assert process.returncode is not None
    deadline = time.monotonic() + 10
    while psutil.pid_exists(child) and psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.01)
