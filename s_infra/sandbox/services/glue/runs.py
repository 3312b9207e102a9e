"""A run of a Python-shell job: fetch the script and its packages, run it, keep its logs, say how it ended."""

from __future__ import annotations

import logging
import os
import platform
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from s_infra.errors import SInfraError
from s_infra.sandbox import environment
from s_infra.sandbox.services.glue import jobs, packages
from s_infra.sandbox.services.glue.logs import LogStream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

logger = logging.getLogger(__name__)
LOG_GROUP = "/aws-glue/python-jobs"
RUNTIME = Path(__file__).parent / "runtime"
ENDED = ("SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED")
KILL_AFTER_S = 5.0
# Read by the job's program; nothing else of the server's environment is its business.
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ")
ERROR_LINES = 1


@dataclass
class Run:
    """One run. `state` and what follows are written by its own thread, and by `stop`."""

    id: str
    job: Mapping[str, Any]
    arguments: dict[str, str]
    timeout_minutes: int
    max_capacity: float
    started_on: float = field(default_factory=time.time)
    state: str = "STARTING"
    completed_on: float | None = None
    changed_on: float = field(default_factory=time.time)
    error: str | None = None
    stopping: threading.Event = field(default_factory=threading.Event)

    def described(self) -> dict[str, Any]:
        """Return the run as GetJobRun does; dates are seconds since 1970."""
        lasted = (self.completed_on or time.time()) - self.started_on
        described = {
            "Id": self.id,
            "Attempt": 0,
            "JobName": self.job["Name"],
            "StartedOn": self.started_on,
            "LastModifiedOn": self.changed_on,
            "CompletedOn": self.completed_on,
            "JobRunState": self.state,
            "Arguments": self.arguments,
            "ErrorMessage": self.error,
            "PredecessorRuns": [],
            "AllocatedCapacity": int(self.max_capacity),
            "ExecutionTime": int(lasted) if self.completed_on else 0,
            "Timeout": self.timeout_minutes,
            "MaxCapacity": self.max_capacity,
            "LogGroupName": LOG_GROUP,
            "GlueVersion": self.job.get("GlueVersion"),
        }
        return {key: value for key, value in described.items() if value is not None}


@dataclass(frozen=True)
class Runner:
    """Runs jobs in processes. `changed` is told of each change of a run's state."""

    client_of: Callable[[str], Any]
    endpoint: str
    region: str
    folder: Path
    changed: Callable[[Run], None]

    def start(self, run: Run) -> None:
        """Run it in the background."""
        threading.Thread(target=self._run, args=(run,), name=run.id, daemon=True).start()

    def _run(self, run: Run) -> None:
        home = self.folder / run.id
        try:
            self._set(run, "RUNNING")
            state, error = self._execute(run, home)
        except (SInfraError, OSError) as problem:
            state, error = "FAILED", str(problem)
        except (BotoCoreError, ClientError) as problem:
            state, error = "FAILED", f"s-infra sandbox: {problem}"
        except Exception as problem:
            logger.exception("run %s", run.id)
            state, error = "FAILED", f"s-infra sandbox: {problem!r}"
        shutil.rmtree(home, ignore_errors=True)
        run.completed_on = time.time()
        run.error = error
        self._set(run, state)

    def _set(self, run: Run, state: str) -> None:
        run.changed_on = time.time()
        run.state = state
        self.changed(run)

    def _execute(self, run: Run, home: Path) -> tuple[str, str | None]:
        output = LogStream(self.client_of("logs"), f"{LOG_GROUP}/output", run.id)
        errors = LogStream(self.client_of("logs"), f"{LOG_GROUP}/error", run.id)
        asked = run.job["Command"]["PythonVersion"]
        output.write(
            f"s-infra sandbox: this run is on Python {platform.python_version()}; AWS Glue's is {asked}"
        )
        output.flush()
        script = self._fetch(str(run.job["Command"].get("ScriptLocation", "")), home / "script")
        found = [
            self._fetch(uri, home / "files") for uri in _listed(run.arguments.get("--extra-py-files", ""))
        ]
        path = [str(packages.add(file, home / "packages")) for file in found]
        process = subprocess.Popen(
            [sys.executable, "-u", str(script), *jobs.argv(run.arguments)],
            cwd=script.parent,
            env=self._environment(path, home),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        copying = (output.follow(process.stdout), errors.follow(process.stderr))
        ended_by = _wait(process, run, (output, errors))
        for thread in copying:
            thread.join()
        if ended_by is not None:
            return ended_by
        if process.returncode == 0:
            return "SUCCEEDED", None
        return "FAILED", failure(process.returncode, list(errors.tail))

    def _fetch(self, uri: str, folder: Path) -> Path:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        if not uri.startswith("s3://") or not key:
            raise SInfraError(f"{uri!r} is not the address of an object in S3")
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / Path(key).name
        try:
            with target.open("wb") as file:
                self.client_of("s3").download_fileobj(bucket, key, file)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code")
            raise SInfraError(f"An error occurred ({code}) when reading {uri}: is it there?") from error
        return target

    def _environment(self, path: list[str], home: Path) -> dict[str, str]:
        kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        scratch = home / "tmp"
        scratch.mkdir(exist_ok=True)
        return {
            **kept,
            **environment.standard(self.endpoint, self.region),
            "PYTHONPATH": os.pathsep.join([*path, str(RUNTIME)]),
            "TMPDIR": str(scratch),
        }


def _listed(text: str) -> list[str]:
    return [uri.strip() for uri in text.split(",") if uri.strip()]


def _wait(
    process: subprocess.Popen[str], run: Run, logs: tuple[LogStream, ...]
) -> tuple[str, str | None] | None:
    deadline = run.started_on + run.timeout_minutes * 60
    while True:
        try:
            process.wait(timeout=0.02)
        except subprocess.TimeoutExpired:
            for log in logs:
                log.flush_if_due()
            if run.stopping.is_set():
                _kill(process)
                return "STOPPED", None
            if time.time() >= deadline:
                _kill(process)
                return "TIMEOUT", f"Job run exceeded its timeout of {run.timeout_minutes} minutes"
        else:
            # What it started and left behind ends with it, and lets go of the pipes.
            _signal(process, signal.SIGKILL)
            return None


def _kill(process: subprocess.Popen[str]) -> None:
    _signal(process, signal.SIGTERM)
    try:
        process.wait(timeout=KILL_AFTER_S)
    except subprocess.TimeoutExpired:
        _signal(process, signal.SIGKILL)
        process.wait()
    _signal(process, signal.SIGKILL)


def _signal(process: subprocess.Popen[str], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


def failure(code: int, errors: list[str]) -> str:
    """Return a failed run's message: the exception that ended the script, or its exit code."""
    lines = [line for line in errors if line.strip()]
    starts = [
        index for index, line in enumerate(lines) if line.startswith("Traceback (most recent call last)")
    ]
    if starts:
        # The exception's own lines are those that aren't indented; its message may have several.
        after = lines[starts[-1] + 1 :]
        first = next((index for index, line in enumerate(after) if not line.startswith(" ")), len(after))
        told = "\n".join(after[first:])
        if told:
            return told
    if code < 0:
        return f"Command was ended by signal {-code}"
    last = f": {lines[-1]}" if lines else ""
    return f"Command failed with exit code {code}{last}"
