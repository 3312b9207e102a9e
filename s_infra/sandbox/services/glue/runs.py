"""A run of a job: fetch the script and its packages, run it, keep its logs, say how it ended."""

from __future__ import annotations

import itertools
import logging
import os
import platform
import re
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
from s_infra.sandbox.access import acting, acting_in
from s_infra.sandbox.services.glue import jobs, packages, spark
from s_infra.sandbox.services.glue.logs import LogStream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s_infra.sandbox.access import Session

logger = logging.getLogger(__name__)
LOG_GROUPS = {jobs.PYTHON_SHELL: "/aws-glue/python-jobs", jobs.SPARK: "/aws-glue/jobs"}
RUNTIME = Path(__file__).parent / "runtime"
ENDED = ("SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED")
KILL_AFTER_S = 5.0
# Read by the job's program; nothing else of the server's environment is its business.
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ")
# Where an exception's own lines end: Java's stack, or what Spark logs after it.
END_OF_EXCEPTION = re.compile(r"\s+at |\s*\.\.\. \d+ more|Driver stacktrace:|\d\d/\d\d/\d\d \d\d:\d\d:\d\d ")


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

    @property
    def kind(self) -> str:
        """`pythonshell` or `glueetl`."""
        return str(self.job["Command"]["Name"])

    def described(self) -> dict[str, Any]:
        """Return the run as GetJobRun does; dates are seconds since 1970."""
        lasted = (self.completed_on or time.time()) - self.started_on
        seconds = int(lasted) if self.completed_on else 0
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
            "ExecutionTime": seconds,
            "Timeout": self.timeout_minutes,
            "MaxCapacity": self.max_capacity,
            "LogGroupName": LOG_GROUPS[self.kind],
            "GlueVersion": self.job.get("GlueVersion"),
        }
        if self.kind == jobs.SPARK:
            described |= {
                name: self.job[name] for name in ("WorkerType", "NumberOfWorkers", "ExecutionClass")
            }
            described["DPUSeconds"] = seconds * self.max_capacity
        return {key: value for key, value in described.items() if value is not None}


@dataclass(frozen=True)
class Runner:
    """Runs jobs in processes. `changed` is told of each change of a run's state."""

    client_of: Callable[[str], Any]
    endpoint: str
    region: str
    folder: Path
    changed: Callable[[Run], None]
    session_of: Callable[[str, str, str], Session]
    # Told of each program that has started: ("glue", the job's name, what kills it).
    started: Callable[[str, str, Callable[[], None]], None] = lambda *_: None

    def start(self, run: Run) -> None:
        """Run it in the background."""
        threading.Thread(target=self._run_in_role, args=(run,), name=run.id, daemon=True).start()

    def _run_in_role(self, run: Run) -> None:
        with acting_in(self.session_of(str(run.job["Role"]), "glue", "GlueJobRunnerSession")):
            self._run(run)

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
        group = LOG_GROUPS[run.kind]
        output = LogStream(self.client_of("logs"), f"{group}/output", run.id)
        errors = LogStream(self.client_of("logs"), f"{group}/error", run.id)
        own = self._spark(run, home) if run.kind == jobs.SPARK else {}
        output.write(versions(run))
        output.flush()
        script = self._fetch(str(run.job["Command"].get("ScriptLocation", "")), home / "script")
        path = self._packages(run.arguments, home)
        if run.kind == jobs.SPARK:
            for uri in _listed(run.arguments.get("--extra-files", "")):
                self._fetch(uri, script.parent)
        process = subprocess.Popen(
            [sys.executable, "-u", str(script), *jobs.argv(run.job, run.id, run.arguments)],
            cwd=script.parent,
            env={**self._environment(path, home), **own},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        self.started("glue", run.job["Name"], lambda: _signal(process, signal.SIGKILL))
        copying = (output.follow(process.stdout), errors.follow(process.stderr))
        ended_by = _wait(process, run, (output, errors))
        for thread in copying:
            thread.join()
        if ended_by is not None:
            return ended_by
        if process.returncode == 0:
            return "SUCCEEDED", None
        return "FAILED", failure(process.returncode, list(errors.tail))

    def _spark(self, run: Run, home: Path) -> dict[str, str]:
        installation = spark.find()
        compiled = spark.classes(installation, self.folder)
        return spark.variables(installation, compiled, home, run.arguments.get("--conf", ""))

    def _packages(self, arguments: Mapping[str, str], home: Path) -> list[str]:
        found = [self._fetch(uri, home / "files") for uri in _listed(arguments.get("--extra-py-files", ""))]
        for module in _listed(arguments.get("--additional-python-modules", "")):
            if module.startswith("s3://"):
                found.append(self._fetch(module, home / "files"))
            else:
                packages.check_module(module)
        return [str(packages.add(file, home / "packages")) for file in found]

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
            **(session.variables if (session := acting()) else {}),
            "PYTHONPATH": os.pathsep.join([*path, str(RUNTIME)]),
            "TMPDIR": str(scratch),
        }


def versions(run: Run) -> str:
    """Return the line that says what a run is on, and what it would be on in AWS."""
    here = f"Python {platform.python_version()}"
    if run.kind == jobs.PYTHON_SHELL:
        asked = run.job["Command"]["PythonVersion"]
        return f"s-infra sandbox: this run is on {here}; AWS Glue's is {asked}"
    python, of_spark = jobs.SPARK_VERSIONS[run.job["GlueVersion"]]
    here += f" and Spark {spark.find().version} on this machine alone"
    release = f"AWS Glue {run.job['GlueVersion']}"
    return f"s-infra sandbox: this run is on {here}; {release} has Python {python} and Spark {of_spark}"


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
        own = itertools.takewhile(lambda line: not END_OF_EXCEPTION.match(line), after[first:])
        told = "\n".join(own)
        if told:
            return told
    if code < 0:
        return f"Command was ended by signal {-code}"
    last = f": {lines[-1]}" if lines else ""
    return f"Command failed with exit code {code}{last}"
