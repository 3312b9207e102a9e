"""What keeps a sandbox from starting, or a program from being run in it: one clear error each, exit 1."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

COMMAND = str(Path(sys.executable).with_name("s-infra"))
REPOSITORY = Path(__file__).parents[2]
USER = () if os.geteuid() == 0 else ("--user", "--map-root-user")
# As in an environment without the extra: nothing finds these.
WITHOUT = """
import sys

class Nowhere:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"ministack", "uvicorn", "grpc", "optuna", "jsonata"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Nowhere())
sys.argv = ["s-infra", *sys.argv[1:]]
from s_infra.cli.main import main
main()
"""


@pytest.fixture
def caller(tmp_path: Path) -> Iterator[dict[str, str]]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
    caller = {**kept, "S_INFRA_STATE_DIR": str(tmp_path / "state")}
    yield caller
    if (tmp_path / "state/sandboxes/default").exists():
        run(caller, COMMAND, "sandbox", "down")


def run(caller: dict[str, str], *command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=caller, capture_output=True, text=True, timeout=90, cwd=cwd)


def told(done: subprocess.CompletedProcess[str]) -> str:
    """Return the one error that a failed command told."""
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr.count("error: ") == 1, done.stderr
    return done.stderr


def test_a_port_that_is_taken(caller: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = run(caller, COMMAND, "sandbox", "up", "--port", port)
    assert f"127.0.0.1:{port}" in done.stderr
    assert "Address already in use" in done.stderr
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_no_space_where_the_state_goes(caller: dict[str, str], tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    script = f"mount -t tmpfs -o size=1m tmpfs {small} && exec {COMMAND} sandbox up"
    command = ["unshare", *USER, "--mount", "--", "sh", "-c", script]
    if shutil.which("unshare") is None or run(caller, *command[:-3], "true").returncode:
        pytest.skip("no mount namespace on this machine")
    done = run({**caller, "S_INFRA_STATE_DIR": str(small)}, *command)
    assert "no space for a sandbox: " in told(done)
    assert str(small) in done.stderr


def test_a_place_where_no_state_can_go(caller: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run({**caller, "S_INFRA_STATE_DIR": str(tmp_path / "file")}, COMMAND, "sandbox", "up")
    assert "directory can't be made: Not a directory" in told(done)
    assert "S_INFRA_STATE_DIR" in done.stderr


@pytest.mark.parametrize("arguments", [["up"], ["exec", "--", "true"]])
def test_the_extra_that_is_missing_is_named(caller: dict[str, str], arguments: list[str]) -> None:
    done = run(caller, sys.executable, "-c", WITHOUT, "sandbox", *arguments)
    assert "grpc, jsonata, ministack, optuna, uvicorn" in told(done)
    assert "pip install 's-infra[sandbox]'" in done.stderr


def test_a_python_that_is_too_old_is_told_by_make(caller: dict[str, str], tmp_path: Path) -> None:
    old = tmp_path / "python3.9"
    patched = "import sys; sys.version_info = (3, 9, 2, 'final', 0); exec(sys.argv[1])"
    old.write_text(f'#!/bin/sh\nshift\nexec {sys.executable} -c "{patched}" "$@"\n')
    old.chmod(old.stat().st_mode | stat.S_IXUSR)
    shutil.copy(REPOSITORY / "Makefile", tmp_path)
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).touch()
    done = run(caller, "make", "setup", f"PYTHON={old}", cwd=tmp_path)
    assert done.returncode != 0
    assert f"error: Python 3.11 or later is needed, {old} is 3.9" in done.stderr
    assert not (tmp_path / ".venv").exists()


@pytest.fixture
def babbling(tmp_path: Path) -> Iterator[str]:
    """The address of an engine that answers, and not as one."""
    path = tmp_path / "engine.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def answer() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                # Whoever asked may be gone before the answer.
                with connection, contextlib.suppress(OSError):
                    connection.recv(65536)
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nbabble")

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"unix://{path}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_an_engine_that_answers_wrongly_is_named(caller: dict[str, str], babbling: str) -> None:
    done = run({**caller, "DOCKER_HOST": babbling, "S_INFRA_CONTAINERS": "engine"}, COMMAND, "sandbox", "up")
    assert babbling in done.stderr, (done.stdout, done.stderr)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
