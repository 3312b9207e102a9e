"""Starts, finds and stops sandboxes. Each has a directory; it runs while the lock file in it is held."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs
import urllib3

from s_infra import lock_file
from s_infra.errors import SInfraError
from s_infra.sandbox import environment, kept, namespaces, preflight, service_models
from s_infra.sandbox.access.calls import CALLS_PATH
from s_infra.sandbox.server import READY_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

STATE_FILE = "sandbox.json"
LOCK_FILE = "lock"
LOG_FILE = "server.log"
TEMPORARY = "exec-"
START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 5.0
SAVE_TIMEOUT_S = 60.0
LOG_LINES_SHOWN = 15
POLL_S = 0.1

# Started by this process: kept so that their end is collected.
_children: dict[int, tuple[subprocess.Popen[bytes], subprocess.Popen[bytes] | None]] = {}


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox. `pid` is the process that holds it together, as seen from outside."""

    name: str
    directory: Path
    endpoint: str
    pid: int
    region: str
    reattach: Mapping[str, Any] = field(default_factory=dict)
    status: Mapping[str, Any] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The standard variables that make a program use this sandbox."""
        return environment.standard(self.endpoint, self.region, with_pid(self.reattach, self.pid))

    def client(self, service: str) -> Any:
        """Return a boto3 client of that service on this sandbox."""
        import boto3
        from botocore.config import Config

        session = boto3.Session(
            aws_access_key_id=environment.ACCESS_KEY_ID,
            aws_secret_access_key=environment.SECRET_ACCESS_KEY,
            region_name=self.region,
            botocore_session=service_models.client_session(),
        )
        # A sandbox that doesn't answer has ended; trying again would only be slow.
        config = Config(retries={"total_max_attempts": 1})
        return session.client(service, endpoint_url=self.endpoint, config=config)

    def calls(self) -> list[dict[str, Any]]:
        """Return the calls that were made: time, principal, operation, actions, resource, allowed."""
        answer = urllib3.request("GET", f"{self.endpoint}{CALLS_PATH}", retries=False)
        found: list[dict[str, Any]] = answer.json()["calls"]
        return found

    def server_log(self, *, follow: bool = False) -> Iterator[str]:
        """Give the lines of the server's own log; with `follow` until the sandbox ends."""
        with (self.directory / LOG_FILE).open(errors="replace") as file:
            while True:
                running = lock_file.is_held(self.directory / LOCK_FILE)
                yield from file
                if not (follow and running):
                    return
                time.sleep(POLL_S)

    def stop(self) -> tuple[str, ...]:
        """End the sandbox with all its processes; return what it could not keep, by name.

        Its directory is removed, unless it was started to keep its state.
        """
        data = self.directory / "data"
        keep = bool(self.status.get("keep"))
        _end(self.pid, self.directory, SAVE_TIMEOUT_S if keep else STOP_TIMEOUT_S)
        _tidy_engine(self.status, self.endpoint)
        if not keep:
            shutil.rmtree(self.directory, ignore_errors=True)
            return ()
        kept.clear_scratch(data)
        try:
            return tuple(json.loads((data / kept.MARK).read_text())["lost"])
        except FileNotFoundError as error:
            raise SInfraError(
                f"the sandbox could not write its state down:\n{_tail(self.directory)}", which=str(data)
            ) from error


def with_pid(reattach: Mapping[str, Any], pid: int) -> dict[str, Any]:
    """Return `reattach` with the process that Terraform is to look for."""
    return {address: {**entry, "Pid": pid} for address, entry in reattach.items()}


def state_root() -> Path:
    """Return where sandboxes keep their directories: S_INFRA_STATE_DIR, or the platform's place for state."""
    named = os.environ.get("S_INFRA_STATE_DIR")
    return (Path(named) if named else platformdirs.user_state_path("s-infra")) / "sandboxes"


def find(name: str) -> Sandbox | None:
    """Return the running sandbox of that name, or None."""
    directory = state_root() / name
    if not lock_file.is_held(directory / LOCK_FILE):
        return None
    try:
        state = json.loads((directory / STATE_FILE).read_text())
    except FileNotFoundError:
        return None
    return _from_state(directory, state)


def start(
    name: str,
    *,
    port: int = 0,
    region: str | None = None,
    directory: Path | None = None,
    dies_with_parent: bool = False,
    keep: bool = False,
    iam: bool = False,
) -> Sandbox:
    """Start a sandbox and return it when it is ready.

    `port` 0 is a free one. With `keep` its state outlives `stop`; what was kept is there again, on the port
    and in the Region that it had, since both are part of queues' addresses and names. With `iam` programs may
    do what the policies of their roles allow, and nothing else. Raises SInfraError when
    it runs already or does not come up; the message then has the last lines of the server's log.
    """
    directory = directory or state_root() / name
    preflight.check(directory)
    with (directory / LOCK_FILE).open("w") as lock:
        if not lock_file.take(lock):
            raise SInfraError(
                f"the sandbox '{name}' is running already",
                which=str(directory),
                next_step="use it with `s-infra sandbox env`, or end it with `s-infra sandbox down`",
            )
        _clear(name, directory, keep)
        before = _before(directory) if keep else {}
        port, region = port or before.get("port", 0), region or before.get("region")
        process = _spawn(name, directory, lock.fileno(), port, region, dies_with_parent, keep, iam)
    try:
        ready = _wait_until_ready(process, directory)
    except BaseException:
        _end(process.pid, directory)
        raise
    state = {**ready, "name": name, "pid": process.pid}
    (directory / STATE_FILE).write_text(json.dumps(state))
    return _from_state(directory, state)


@contextlib.contextmanager
def running(
    name: str = "test", *, region: str = environment.DEFAULT_REGION, iam: bool = False
) -> Iterator[Sandbox]:
    """Run a sandbox in a directory of its own, on a free port, for as long as the block lasts."""
    directory = Path(tempfile.mkdtemp(prefix="s-infra-"))
    try:
        sandbox = start(name, region=region, directory=directory, dies_with_parent=True, iam=iam)
        try:
            yield sandbox
        finally:
            sandbox.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextlib.contextmanager
def temporary(*, iam: bool = False) -> Iterator[Sandbox]:
    """Run a sandbox that ends with this process, even when that is killed."""
    root = state_root()
    root.mkdir(parents=True, exist_ok=True)
    _remove_dead(root)
    name = f"{TEMPORARY}{os.getpid()}"
    sandbox = start(name, dies_with_parent=True, iam=iam)
    try:
        yield sandbox
    finally:
        sandbox.stop()


def _spawn(
    name: str,
    directory: Path,
    lock: int,
    port: int,
    region: str | None,
    dies_with_parent: bool,
    keep: bool,
    iam: bool,
) -> subprocess.Popen[bytes]:
    isolation = namespaces.for_server()
    chosen = region or environment.default_region()
    server = [sys.executable, "-m", "s_infra.sandbox.server", "--name", name, "--directory", str(directory)]
    server += ["--port", str(port), "--region", chosen]
    server += ["--containers", "namespaces" if isolation.available else f"process group: {isolation.reason}"]
    server += ["--keep"] if keep else []
    server += ["--iam"] if iam else []
    with contextlib.ExitStack() as held:
        log = held.enter_context((directory / LOG_FILE).open("wb"))
        passed = [lock]
        if isolation.available:
            # The server sees its own processes alone; Terraform runs outside.
            inside, lookout = _lookout(directory)
            held.enter_context(inside)
            passed.append(inside.fileno())
            server += ["--outside", str(inside.fileno())]
        else:
            lookout = None
        process = subprocess.Popen(
            isolation.command(server),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment.for_server(os.environ, chosen),
            # Whoever has the lock file open holds the sandbox's name; the processes inherit it.
            pass_fds=passed,
            start_new_session=True,
            preexec_fn=namespaces.die_with_parent() if dies_with_parent else None,
        )
    _children[process.pid] = (process, lookout)
    return process


def _lookout(directory: Path) -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Start what tells the server where Terraform runs; return the server's end of the socket to it, too."""
    inside, outside = socket.socketpair()
    with outside:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "s_infra.sandbox.peers",
                str(outside.fileno()),
                str(directory / READY_FILE),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[outside.fileno()],
            start_new_session=True,
        )
    return inside, process


def _wait_until_ready(process: subprocess.Popen[bytes], directory: Path) -> dict[str, Any]:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        with contextlib.suppress(FileNotFoundError):
            ready: dict[str, Any] = json.loads((directory / READY_FILE).read_text())
            return ready
        if process.poll() is not None:
            raise SInfraError(f"the sandbox's server ended with {process.returncode}:\n{_tail(directory)}")
        time.sleep(0.01)
    raise SInfraError(f"the sandbox was not ready within {START_TIMEOUT_S:.0f} s:\n{_tail(directory)}")


def _tail(directory: Path) -> str:
    lines = (directory / LOG_FILE).read_text(errors="replace").splitlines()
    return "\n".join(f"    {line}" for line in lines[-LOG_LINES_SHOWN:])


def _from_state(directory: Path, state: dict[str, Any]) -> Sandbox:
    status = {key: value for key, value in state.items() if key != "reattach"}
    return Sandbox(
        name=state["name"],
        directory=directory,
        endpoint=state["endpoint"],
        pid=state["pid"],
        region=state["region"],
        reattach=state["reattach"],
        status=status,
    )


def _clear(name: str, directory: Path, keep: bool) -> None:
    data = directory / "data"
    if (data / kept.MARK).exists() and not keep:
        raise SInfraError(
            f"the sandbox '{name}' has kept state, which a start without --keep would throw away",
            which=str(data),
            next_step=f"start it with --keep, or drop that state first: "
            f"s-infra sandbox down --name {name} --discard",
        )
    for leftover in (READY_FILE, STATE_FILE):
        (directory / leftover).unlink(missing_ok=True)
    if keep:
        kept.clear_scratch(data)
    else:
        shutil.rmtree(data, ignore_errors=True)


def _before(directory: Path) -> dict[str, Any]:
    """Return what the last stop wrote of port and Region."""
    try:
        found: dict[str, Any] = json.loads((directory / "data" / kept.MARK).read_text())
    except FileNotFoundError:
        return {}
    return found


def discard(name: str) -> bool:
    """Remove what a sandbox that has ended kept; return whether there was something."""
    directory = state_root() / name
    if lock_file.is_held(directory / LOCK_FILE) or not kept.is_there(directory / "data"):
        return False
    shutil.rmtree(directory)
    return True


def _end(pid: int, directory: Path, timeout: float = STOP_TIMEOUT_S) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, number)
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            server, lookout = _children.get(pid, (None, None))
            if (server is None or server.poll() is not None) and not lock_file.is_held(directory / LOCK_FILE):
                _children.pop(pid, None)
                if lookout is not None:
                    lookout.wait()  # it ends as soon as the server's end of its socket is closed
                return
            time.sleep(0.01)
    raise SInfraError("the sandbox's processes don't end", which=f"process group {pid}")


def tidy_after(directory: Path) -> None:
    """Wait for the end of the sandbox in `directory`, and take away what it left in the container engine."""
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while lock_file.is_held(directory / LOCK_FILE) and time.monotonic() < deadline:
        time.sleep(0.05)
    # One that was stopped in order is gone with its directory.
    with contextlib.suppress(FileNotFoundError):
        ready = json.loads((directory / READY_FILE).read_text())
        _tidy_engine(ready, ready["endpoint"])


def _tidy_engine(status: Mapping[str, Any], endpoint: str) -> None:
    """Remove what the sandbox that has just ended left in the container engine, where it used one."""
    described = status.get("container_engine", {})
    if "address" not in described:
        return
    # Not at the top: it is little used, and a sandbox's start is measured.
    from s_infra.packaging import engine
    from s_infra.runner.leftovers import remove_of_dead

    with contextlib.suppress(engine.NoEngineError):
        found = engine.connect(described["address"])
        remove_of_dead(found)
        found.forget(endpoint.partition("//")[2])


def _remove_dead(root: Path) -> None:
    for directory in root.glob(f"{TEMPORARY}*"):
        if not lock_file.is_held(directory / LOCK_FILE):
            shutil.rmtree(directory, ignore_errors=True)
