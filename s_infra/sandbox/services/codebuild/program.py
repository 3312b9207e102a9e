"""The process that a build's commands run in: started, read, ended."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s_infra.packaging.environments import Environment
from s_infra.runner import isolation
from s_infra.runner.output import LineReader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

RUNTIME = Path(__file__).parent / "runtime"
# Where AWS lays a build out.
HOME = "/codebuild"
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
STAND_INS = "stand-ins"


class Folders:
    """A build's folders: `outside` as this process sees them, `inside` as the build's commands do."""

    def __init__(self, outside: Path, unique: str) -> None:
        self.outside = outside / "codebuild"
        self.inside = Path(HOME) if isolation.available() else self.outside
        self.source = f"output/src{int(unique[:8], 16) % 10**9:09d}/src"
        self.machine = outside
        for name in ("agent", "docker", "home", STAND_INS):
            (self.outside / name).mkdir(parents=True)
        for name in ("stage", "scratch", "image"):
            (outside / name).mkdir()
        (outside / "scratch").chmod(0o1777)
        for file in RUNTIME.glob("*.py"):
            shutil.copy(file, self.outside / "agent")
        aws = self.outside / STAND_INS / "aws"
        aws.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I "{self.inside}/agent/aws.py" "$@"\n')
        aws.chmod(0o755)

    @property
    def path(self) -> str:
        """The PATH of the build: what the machine has comes before what stands in for it."""
        return f"{SYSTEM_PATH}:{self.inside}/{STAND_INS}"


class Program:
    """A started agent. The thread that starts it waits for it: the kernel ends it with that thread."""

    def __init__(
        self,
        folders: Folders,
        plan: Mapping[str, Any],
        variables: Mapping[str, str],
        port: int,
        take_line: Callable[[str], None],
        take_report: Callable[[dict[str, Any]], None],
    ) -> None:
        (folders.outside / "agent/plan.json").write_text(json.dumps(plan))
        channel, theirs = os.pipe()
        status, their_status = os.pipe()
        self._status = status
        self._isolated = isolation.available()
        command = [sys.executable, "-I", "-S", f"{folders.inside}/agent/agent.py", str(theirs)]
        command.append(f"{folders.inside}/agent/plan.json")
        try:
            if self._isolated:
                specification = _specification(folders, command, variables, port)
                self._process = isolation.start(
                    specification, their_status, output=subprocess.PIPE, passed=(theirs,)
                )
            else:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    pass_fds=(theirs,),
                    env=dict(variables),
                    cwd=folders.outside,
                    start_new_session=True,
                )
        finally:
            os.close(theirs)
            os.close(their_status)
        assert self._process.stdout is not None
        self._output = LineReader(os.dup(self._process.stdout.fileno()), take_line)
        self._process.stdout.close()
        self._output.start()
        self._reports = threading.Thread(target=_read, args=(channel, take_report), daemon=True)
        self._reports.start()

    def ended(self, timeout: float) -> bool:
        """Return whether it has ended, at the latest after that many seconds."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout)
        return self._process.poll() is not None

    def kill(self) -> None:
        """Kill it and all that it started."""
        with contextlib.suppress(ProcessLookupError):
            if self._isolated:
                self._process.kill()
            else:
                os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> str | None:
        """End what is left and take all it said; return why it couldn't be started, if it couldn't."""
        self.kill()
        self._process.wait()
        self._output.join()
        self._reports.join()
        told = os.read(self._status, 65536) if self._isolated else b""
        os.close(self._status)
        error = json.loads(told).get("error") if told else None
        return None if error is None else str(error)


def _read(channel: int, take: Callable[[dict[str, Any]], None]) -> None:
    with os.fdopen(channel, encoding="utf-8") as lines:
        for line in lines:
            take(json.loads(line))


def _specification(
    folders: Folders, command: list[str], variables: Mapping[str, str], port: int
) -> dict[str, Any]:
    """Return what the launcher reads."""
    own = Environment(Path(sys.prefix), "", Path(sys.base_prefix))
    outward = f"unix:{folders.machine / 'endpoint'}"
    binds = [[str(folders.outside), HOME, False]]
    binds += [[str(path), str(path), True] for path in isolation.python_folders(own)]
    return {
        "arguments": command,
        "environment": dict(variables),
        "working_directory": HOME,
        "image_root": str(folders.machine / "image"),
        "stage": str(folders.machine / "stage"),
        "scratch": str(folders.machine / "scratch"),
        "binds": binds,
        "hostname": "codebuild",
        "user": None,
        "has_users": isolation.can_change_user(),
        "emptied": [],
        "inner_relays": [[f"tcp:{port}", outward]],
        "outer_relays": [[outward, f"tcp:{port}"]],
    }
