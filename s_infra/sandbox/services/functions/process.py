"""The process of one execution environment: started, spoken to, measured, killed."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s_infra.runner import isolation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

CHUNK = 1 << 16
# How often a function's memory is looked at while it runs.
TICK_S = 0.05
CREDENTIALS = struct.Struct("3i")
END_TIMEOUT_S = 5.0
HANDOVER_TIMEOUT_S = 20.0
LONGEST_LINE = 256 * 1024


@dataclass(frozen=True)
class Program:
    """What a process is started from. It reaches `endpoint` (`127.0.0.1:4566`) and `addresses`, nothing else.

    `variables` makes the environment from the code's and the runtime's folders as the program sees them.
    `serve` has the sandbox answer on another listening socket, too, and returns what ends that.
    """

    python: str
    python_folders: Sequence[Path]
    code: Path
    layers: Path | None
    runtime: Path
    handler: str
    variables: Callable[[str, str], dict[str, str]]
    endpoint: str
    addresses: Sequence[str]
    serve: Callable[[socket.socket], Callable[[], object]]
    memory_mb: int


@dataclass(frozen=True)
class Frame:
    """What the program sent: `ready`, `result`, `error` or `init_error`, and its body."""

    kind: str
    body: bytes = b""


@dataclass(frozen=True)
class Ended:
    """The program is gone. `reason` is in AWS's words: `exit status 1`, `signal: killed`, or empty."""

    reason: str
    out_of_memory: bool = False


class TimedOut:
    """The deadline passed first."""


@dataclass
class _Output:
    """Whole lines of what the program writes."""

    take: Callable[[str], None]
    rest: bytes = b""

    def add(self, data: bytes) -> None:
        *lines, self.rest = (self.rest + data).split(b"\n")
        if len(self.rest) > LONGEST_LINE:
            lines, self.rest = [*lines, self.rest], b""
        for line in lines:
            self.take(line.decode(errors="replace").replace("\r", "\n").rstrip("\n"))

    def end(self) -> None:
        if self.rest:
            self.add(b"\n")


@dataclass
class Process:
    """A started program. Its thread must live as long as it: the kernel ends it with that thread."""

    program: Program
    directory: Path
    most_memory_kib: int = 0
    _buffer: bytearray = field(default_factory=bytearray)
    _pid: int | None = None
    _killed_for_memory: bool = False
    _measured: float = 0.0
    _unserve: Callable[[], object] | None = None

    def __post_init__(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(prefix="environment-", dir=self.directory))
        self._socket, theirs = socket.socketpair()
        # The kernel then tells the number that the program has in our own namespace.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        output, their_output = os.pipe()
        self._status, their_status = os.pipe()
        self._output_end = output
        os.set_blocking(output, False)
        try:
            self._isolated = isolation.available()
            start = self._start_isolated if self._isolated else self._start_plain
            self._process = start(theirs.fileno(), their_output, their_status)
        finally:
            theirs.close()
            os.close(their_output)
            os.close(their_status)

    def _start_isolated(self, channel: int, output: int, status: int) -> subprocess.Popen[bytes]:
        for name in ("stage", "tmp", "image", "empty"):
            (self._folder / name).mkdir()
        (self._folder / "tmp").chmod(0o1777)
        program = self.program
        binds = [
            (program.code, "/var/task"),
            (program.layers or self._folder / "empty", "/opt"),
            (program.runtime, "/var/runtime"),
            *((path, str(path)) for path in program.python_folders),
        ]
        outward = {address: f"unix:{self._folder / address}" for address in program.addresses}
        specification: dict[str, Any] = {
            "arguments": self._command(channel, "/var/runtime", "/opt"),
            "environment": program.variables("/var/task", "/var/runtime"),
            "working_directory": "/var/task",
            "image_root": str(self._folder / "image"),
            "stage": str(self._folder / "stage"),
            "scratch": str(self._folder / "tmp"),
            "binds": [[str(source), place, True] for source, place in binds],
            "hostname": "function",
            "user": None,
            # Nothing in it asks for another user.
            "has_users": True,
            "emptied": [],
            "inner_relays": [[f"tcp:{address}", place] for address, place in outward.items()],
            "outer_relays": [[place, f"tcp:{address}"] for address, place in outward.items()],
        }
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                specification["handed_over"] = [program.endpoint, theirs.fileno()]
                passed = (channel, theirs.fileno())
                process = isolation.start(specification, status, output=output, passed=passed)
            self._serve_inside(ours)
        return process

    def _serve_inside(self, handover: socket.socket) -> None:
        """Answer on the socket that listens in the program's network; without one, its end is told later."""
        handover.settimeout(HANDOVER_TIMEOUT_S)
        with contextlib.suppress(OSError):
            _, descriptors, _, _ = socket.recv_fds(handover, 1, 1)
            for descriptor in descriptors:
                self._unserve = self.program.serve(socket.socket(fileno=descriptor))

    def _start_plain(self, channel: int, output: int, status: int) -> subprocess.Popen[bytes]:
        del status
        program = self.program
        (self._folder / "tmp").mkdir()
        (self._folder / "empty").mkdir()
        layers = str(program.layers or self._folder / "empty")
        variables = program.variables(str(program.code), str(program.runtime))
        return subprocess.Popen(
            self._command(channel, str(program.runtime), layers),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(channel,),
            env={**variables, "TMPDIR": str(self._folder / "tmp")},
            cwd=program.code,
            start_new_session=True,
        )

    def _command(self, channel: int, runtime: str, layers: str) -> list[str]:
        entry = [f"{runtime}/entry.py", str(channel), self.program.handler, layers]
        # Nothing but the standard library, the runtime's packages and the function's own is to be found.
        return [self.program.python, "-s", "-S", *entry]

    def send(self, headers: Mapping[str, object], body: bytes, timeout: float) -> None:
        """Give the program an event; when it is gone, `receive` tells."""
        self._socket.settimeout(timeout)
        head = json.dumps({"size": len(body), "headers": headers}).encode()
        with contextlib.suppress(OSError):
            self._socket.sendall(head + b"\n" + body)

    def receive(self, deadline: float, take_line: Callable[[str], None]) -> Frame | Ended | TimedOut:
        """Return what comes next, by `deadline` of the monotonic clock; output is taken meanwhile."""
        lines = _Output(take_line)
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        poll.register(self._output_end, select.POLLIN)
        while (frame := self._frame()) is None:
            left = deadline - time.monotonic()
            if left <= 0:
                self._drain(lines)
                return TimedOut()
            ready = {descriptor for descriptor, _ in poll.poll(min(left, TICK_S) * 1000)}
            if self._output_end in ready and not self._drain(lines):
                poll.unregister(self._output_end)
            if self._socket.fileno() in ready and not self._read():
                ended = self._ended()
                self._drain(lines)
                lines.end()
                return ended
            self._measure()
        # What it wrote before it answered is in the pipe by now.
        self._drain(lines)
        lines.end()
        return frame

    def _read(self) -> bool:
        try:
            data, ancillary, _, _ = self._socket.recvmsg(CHUNK, socket.CMSG_SPACE(CREDENTIALS.size))
        except OSError:
            return False
        for level, kind, content in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
                self._pid = CREDENTIALS.unpack(content[: CREDENTIALS.size])[0] or None
        self._buffer += data
        return bool(data)

    def _frame(self) -> Frame | None:
        end = self._buffer.find(b"\n")
        if end < 0:
            return None
        head = json.loads(self._buffer[:end])
        size = end + 1 + head["size"]
        if len(self._buffer) < size:
            return None
        body = bytes(self._buffer[end + 1 : size])
        del self._buffer[:size]
        self.most_memory_kib = max(self.most_memory_kib, head["memory"])
        return Frame(head["kind"], body)

    def _drain(self, lines: _Output) -> bool:
        while True:
            try:
                data = os.read(self._output_end, CHUNK)
            except BlockingIOError:
                return True
            if not data:
                return False
            lines.add(data)

    def _measure(self) -> None:
        now = time.monotonic()
        # A function that writes many lines is no reason to look after each.
        if self._pid is None or now - self._measured < TICK_S:
            return
        self._measured = now
        memory = sum(_resident_kib(pid) for pid in _family(self._pid))
        self.most_memory_kib = max(self.most_memory_kib, memory)
        if memory > self.program.memory_mb * 1024:
            self._killed_for_memory = True
            self.kill()

    def _ended(self) -> Ended:
        try:
            code = self._process.wait(END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            # It closed the channel and went on.
            self.kill()
            code = -signal.SIGKILL
        if self._isolated:
            # Without a report the first process of its namespace is gone, and the kernel took the rest along.
            reported = os.read(self._status, CHUNK)
            told = json.loads(reported) if reported else {"signal": signal.SIGKILL}
        else:
            told = {"code" if code >= 0 else "signal": abs(code)}
        if self._killed_for_memory or "signal" in told:
            number = signal.SIGKILL if self._killed_for_memory else told["signal"]
            name = (signal.strsignal(number) or str(number)).lower()
            return Ended(f"signal: {name}", out_of_memory=self._killed_for_memory)
        if "error" in told:
            return Ended(str(told["error"]))
        return Ended(f"exit status {told['code']}" if told["code"] else "")

    def running(self) -> bool:
        """Return whether the program still runs."""
        return self._process.poll() is None

    def kill(self) -> None:
        """Kill the program and all that it started."""
        with contextlib.suppress(ProcessLookupError):
            if self._isolated:
                self._process.send_signal(signal.SIGKILL)
            else:
                os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """Kill what is left, wait for its end and remove its files."""
        self.kill()
        self._process.wait()
        self._socket.close()
        os.close(self._output_end)
        os.close(self._status)
        if self._unserve is not None:
            self._unserve()
        shutil.rmtree(self._folder, ignore_errors=True)


def _family(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                found += [int(child) for child in children.read_text().split()]
    return found


def _resident_kib(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024
