"""A container as processes of this machine, in namespaces of their own where those can be had."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from s_infra.packaging import system_packages
from s_infra.runner import isolation, plain
from s_infra.runner.output import LineReader
from s_infra.runner.run import HTTP_PORT, Exit, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from s_infra.runner.image import Image


class ProcessContainer:
    """A started container. The thread that starts it waits for it: the kernel ends it with that thread."""

    def __init__(self, run: Run, image: Image, take_line: Callable[[str], None]) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="container-", dir=run.base.parent))
        read_status, self._status = os.pipe()
        self.port: int | None = None
        self.socket: Path | None = None
        try:
            self._process = self._start(run, image)
        finally:
            os.close(self._status)
        self._read_status = read_status
        if self._process.stdout is None:
            raise RuntimeError("the program was started without a pipe")
        for line in _differences(image):
            take_line(f"s-infra sandbox: {line}")
        self._reader = LineReader(os.dup(self._process.stdout.fileno()), take_line)
        self._process.stdout.close()
        self._reader.start()

    def _start(self, run: Run, image: Image) -> subprocess.Popen[bytes]:
        if isolation.available():
            return self._start_isolated(run, image)
        self.port = plain.free_port()
        command = plain.command(image, image.program(run.arguments, run.entrypoint))
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=plain.variables(image, run.variables, run.base, self.port),
            cwd=plain.located(image, image.plan.working_directory),
            start_new_session=True,
        )

    def _start_isolated(self, run: Run, image: Image) -> subprocess.Popen[bytes]:
        self.socket = self._directory / "http"
        for name in ("stage", "tmp"):
            (self._directory / name).mkdir()
        (self._directory / "tmp").chmod(0o1777)
        specification = _specification(run, image, self._directory, self.socket)
        if specification["user"] and specification["has_users"]:
            _give_to(run.base, image.user())
        return isolation.start(specification, self._status, output=subprocess.PIPE)

    def wait(self, timeout: float | None = None) -> Exit | None:
        """Return how the program ended after all its output was taken, or None when it still runs.

        `timeout` is in seconds; None waits for ever.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        if self.socket is None:
            # Without a PID namespace what the program leaves running has to be ended by its group.
            self._wait_for_group(timeout)
        self._reader.join(timeout)
        if self._reader.is_alive():
            return None
        left = None if deadline is None else max(0.05, deadline - time.monotonic())
        try:
            code = self._process.wait(left)
        except subprocess.TimeoutExpired:
            return None
        return self._exit(code)

    def _wait_for_group(self, timeout: float | None) -> None:
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return
        self._kill_group()

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def running(self) -> bool:
        """Return whether the program still runs."""
        return self._process.poll() is None

    def stop(self, grace: float) -> None:
        """Ask the program to end; after `grace` seconds kill it and all that it started."""
        self._signal(signal.SIGTERM)
        try:
            self._process.wait(grace)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """Kill the program and all that it started, and wait until they are gone."""
        if self.socket is None:
            self._kill_group()
        else:
            self._signal(signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        """Kill what is left and remove the container's scratch files."""
        self.kill()
        self._reader.join(5)
        if self._read_status >= 0:
            os.close(self._read_status)
            self._read_status = -1
        shutil.rmtree(self._directory, ignore_errors=True)

    def _signal(self, number: int) -> None:
        if self._process.poll() is None:
            self._process.send_signal(number)

    def _exit(self, code: int) -> Exit:
        if self.socket is None:
            return Exit(code if code >= 0 else 128 - code)
        reported = os.read(self._read_status, 65536)
        if not reported:
            # The launcher was killed from outside and took the program along.
            return Exit(128 + signal.SIGKILL)
        content = json.loads(reported)
        if "error" in content:
            return Exit(125, f"{content['error']}")
        return Exit(content["code"] if "code" in content else 128 + content["signal"])


def _differences(image: Image) -> Iterator[str]:
    """Yield what a user has to know of how this run differs from the same image's by an engine."""
    if absent := system_packages.missing(image.plan.system_packages):
        yield system_packages.told(absent)
    if image.user() and not isolation.available():
        yield f"USER {image.plan.user}: the program runs as the sandbox's own user"
    elif image.user() and not isolation.can_change_user():
        yield f"USER {image.plan.user}: it has that number here, and may write what the image's root may"


def _give_to(folder: Path, user: int) -> None:
    """Have everything in the folder belong to the image's USER, who couldn't write there else."""
    for root, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(root, name), user, user, follow_symlinks=False)


def _specification(run: Run, image: Image, directory: Path, socket: Path) -> dict[str, object]:
    """Return what the launcher reads."""
    inner, outer = [[f"unix:{socket}", f"tcp:{HTTP_PORT}"]], []
    if run.endpoint_port is not None:
        outward = f"unix:{directory / 'endpoint'}"
        inner.append([f"tcp:{run.endpoint_port}", outward])
        outer.append([outward, f"tcp:{run.endpoint_port}"])
    binds = [[str(path), f"/opt/ml/{path.name}", False] for path in sorted(run.base.iterdir())]
    binds += [[str(path), str(path), True] for path in isolation.python_folders(image.environment)]
    user, has_users = image.user(), isolation.can_change_user()
    return {
        "arguments": list(image.program(run.arguments, run.entrypoint)),
        "environment": {"HOSTNAME": run.hostname, **image.variables(run.variables)},
        "working_directory": image.plan.working_directory,
        "image_root": str(image.root),
        "stage": str(directory / "stage"),
        "scratch": str(directory / "tmp"),
        "binds": binds,
        "hostname": run.hostname,
        "user": [user, user] if user else None,
        "has_users": has_users,
        # They belong to the machine's root, and can't be written to by anybody else.
        "emptied": [] if has_users else system_packages.folders(image.plan.system_packages),
        "inner_relays": inner,
        "outer_relays": outer,
    }
