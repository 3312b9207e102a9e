"""Databases when the sandbox is killed, stopped and started, without namespaces, and on a full disk."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from rds_support import Databases

from s_infra.sandbox import namespaces, supervisor

SUPPORT = Path(__file__).parents[1] / "support"
USER = () if os.geteuid() == 0 else ("--user", "--map-root-user")


class Clients:
    """Clients on a sandbox, to be closed."""

    def __init__(self, sandbox: supervisor.Sandbox) -> None:
        self._sandbox = sandbox
        self._made: dict[str, Any] = {}

    def __call__(self, service: str) -> Any:
        if service not in self._made:
            self._made[service] = self._sandbox.client(service)
        return self._made[service]

    def close(self) -> None:
        for client in self._made.values():
            client.close()


@pytest.fixture
def at_once() -> Iterator[Callable[[supervisor.Sandbox], Databases]]:
    """Makes `Databases` on a sandbox, and closes their clients."""
    made: list[Clients] = []

    def make(sandbox: supervisor.Sandbox) -> Databases:
        made.append(Clients(sandbox))
        return Databases(made[-1])

    yield make
    for clients in made:
        clients.close()


Make = Callable[[supervisor.Sandbox], Databases]


@pytest.mark.skipif(not namespaces.for_server().available, reason="no namespaces on this machine")
def test_no_server_outlives_a_killed_sandbox(tmp_path: Path, at_once: Make) -> None:
    sandbox = supervisor.start("killed", directory=tmp_path / "killed")
    try:
        databases = at_once(sandbox)
        databases.create("one")
        with databases.connected("one") as connection:
            connection.execute("select 1")
            assert _servers(sandbox.pid)
            family = [psutil.Process(sandbox.pid), *psutil.Process(sandbox.pid).children(recursive=True)]
            os.kill(sandbox.pid, signal.SIGKILL)
            _, left = psutil.wait_procs(family, timeout=5)
            assert left == []
            with pytest.raises(psycopg.OperationalError):
                connection.execute("select 1")
    finally:
        sandbox.stop()


WITHOUT = """
import json, os, sys
import psutil
from pathlib import Path
from rds_support import Databases
from s_infra.sandbox import supervisor
from test_rds_faults import Clients, _servers

sandbox = supervisor.start("without", directory=Path(sys.argv[1]))
clients = Clients(sandbox)
databases = Databases(clients)
databases.create("one")
found = databases.ask("one", "select 'reached'")
kind = str(sandbox.status["containers"])
family = [psutil.Process(sandbox.pid), *psutil.Process(sandbox.pid).children(recursive=True)]
servers = len(_servers(sandbox.pid))
os.kill(sandbox.pid, 9)
gone, left = psutil.wait_procs(family, timeout=10)
clients.close()
sandbox.stop()
print(json.dumps([kind, found, servers, [one.pid for one in left]]))
"""


def test_without_namespaces_a_server_runs_as_another_user_and_ends_too(tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    # No `unshare` on this PATH; root becomes another user by setpriv.
    for name in ("setpriv", "true", "sh"):
        found = shutil.which(name)
        assert found is not None
        (programs / name).symlink_to(found)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, str(tmp_path / "without")],
        env={
            **os.environ,
            "PATH": str(programs),
            "PYTHONPATH": os.pathsep.join([str(SUPPORT), str(Path(__file__).parent)]),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    kind, found, servers, left = json.loads(done.stdout)
    assert kind.startswith("process group")
    assert (found, left) == ("reached", [])
    assert servers > 0


def test_rows_outlive_a_stop_when_the_sandbox_is_kept(tmp_path: Path, at_once: Make) -> None:
    directory = tmp_path / "kept"
    first = supervisor.start("kept", directory=directory, keep=True)
    databases = at_once(first)
    made = databases.create("one", MasterUserPassword=None, ManageMasterUserPassword=True)
    databases.create("asleep", Port=5496)
    databases.rds.stop_db_instance(DBInstanceIdentifier="asleep")
    databases.until("asleep", "stopped")
    password = databases.secret("one")["password"]
    with databases.connected("one", password=password) as connection:
        connection.execute("create table kept as select generate_series(1, 1000) as n")
    servers = _servers(first.pid)
    assert first.stop() == ()
    assert not any(server.is_running() for server in servers)
    second = supervisor.start("kept", directory=directory, keep=True)
    try:
        databases = at_once(second)
        again = databases.until("one")
        assert again["Endpoint"] == made["Endpoint"]
        assert databases.secret("one")["password"] == password
        assert databases.ask("one", "select sum(n) from kept", password=password) == 500500
        assert databases.describe("asleep")["DBInstanceStatus"] == "stopped"
    finally:
        second.stop()


# Runs where the disk is small: a database that can't be made, and one that fills it.
FULL = """
import json, shutil, sys, time
from pathlib import Path
import psycopg
from rds_support import MINIMUM, Databases
from s_infra.sandbox import supervisor
from test_rds_faults import Clients, _servers

with supervisor.running() as sandbox:
    clients = Clients(sandbox)
    databases = Databases(clients)
    databases.create("greedy")
    refused = ""
    try:
        with databases.connected("greedy") as connection:
            connection.execute("create table big as select repeat('x', 900) from generate_series(1, 1000000)")
    except psycopg.Error as error:
        refused = str(error)
    full = databases.until("greedy", "storage-full")
    deadline = time.monotonic() + 20
    while not any("exhausted" in one for one in databases.messages("greedy")) and time.monotonic() < deadline:
        time.sleep(0.05)
    left = len(_servers(sandbox.pid))
    ballast = Path(sandbox.directory, "ballast")
    ballast.write_bytes(bytes(shutil.disk_usage(sandbox.directory).free - 20_000_000))
    databases.rds.create_db_instance(DBInstanceIdentifier="late", **{**MINIMUM, "Port": 5495})
    late = databases.until("late", "storage-full")
    messages = databases.messages("greedy")[-1], databases.messages("late")[-1]
    ballast.unlink()
    databases.delete("late")
    again = databases.change("greedy", AllocatedStorage=30)
    works = databases.ask("greedy", "select 1") if "StatusInfos" not in again else again["StatusInfos"]
    clients.close()
print(json.dumps([refused, left, messages, full["StatusInfos"], works]))
"""


def test_a_full_disk_is_told_by_status_and_event_and_ends_the_server(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    namespace = ["unshare", *USER, "--mount", "--"]
    if shutil.which("unshare") is None or subprocess.run([*namespace, "true"], check=False).returncode:
        pytest.skip("no mount namespace on this machine")
    script = f'mount -t tmpfs -o size=160m tmpfs {small} && exec "$@"'
    paths = os.pathsep.join([str(SUPPORT), str(Path(__file__).parent)])
    done = subprocess.run(
        [*namespace, "sh", "-c", script, "sh", sys.executable, "-c", FULL],
        env={**os.environ, "TMPDIR": str(small), "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    refused, left, messages, infos, works = json.loads(done.stdout)
    assert "No space left on device" in refused or "terminating connection" in refused or "closed" in refused
    assert left == 0
    for message in messages:
        assert message.startswith("The allocated storage for the DB instance has been exhausted.")
        assert "No space left on device" in message or "wrote only" in message
    assert infos[0]["Message"] == messages[0]
    assert works == 1


def test_a_server_that_is_killed_is_a_failed_instance(tmp_path: Path, at_once: Make) -> None:
    sandbox = supervisor.start("ended", directory=tmp_path / "ended")
    try:
        databases = at_once(sandbox)
        databases.create("one")
        (postmaster,) = [one for one in _servers(sandbox.pid) if "-D" in one.cmdline()]
        postmaster.kill()
        failed = databases.until("one", "failed")
        assert "The DB instance has failed." in failed["StatusInfos"][0]["Message"]
        databases.delete("one")
        deadline = time.monotonic() + 10
        while _servers(sandbox.pid):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        sandbox.stop()


def _servers(pid: int) -> list[psutil.Process]:
    """Return PostgreSQL's processes below a process."""
    found = []
    for process in psutil.Process(pid).children(recursive=True):
        try:
            if process.name() == "postgres":
                found.append(process)
        except psutil.Error:
            continue
    return found
