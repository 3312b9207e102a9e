"""Where the Terraform at the other end of a connection runs: relative paths in a configuration start there.

A provider that Terraform starts inherits its working directory; one that it attaches to has to look it up.
Linux tells which process holds the other end of a local connection, but not to a process in a namespace of
its own: there, `python -m s_infra.sandbox.peers` outside of it looks, and `Outside` asks that.
"""

from __future__ import annotations

import json
import re
import socket
import sys
import threading
from pathlib import Path

_PEER = re.compile(r"ipv4:127\.0\.0\.1:(\d+)$")
_LOOPBACK = "0100007F"


_PROCESSES = Path("/proc")


def directory_of(peer: str, port: int) -> Path | None:
    """The working directory of the peer (in gRPC's form) of our port; None where the system doesn't tell."""
    found = _PEER.match(peer)
    inode = _inode(int(found.group(1)), port) if found else None
    return _holder(f"socket:[{inode}]") if inode else None


class Outside:
    """Asks the process outside, over the socket that was inherited under the number `descriptor`."""

    def __init__(self, descriptor: int) -> None:
        self._stream = socket.socket(fileno=descriptor).makefile("rw", encoding="utf-8")
        self._lock = threading.Lock()

    def directory_of(self, peer: str, port: int) -> Path | None:
        """As the function of that name."""
        with self._lock:
            self._stream.write(json.dumps([peer, port]) + "\n")
            self._stream.flush()
            answer = json.loads(self._stream.readline() or "null")
        return None if answer is None else Path(answer)


def serve(descriptor: int) -> None:
    """Answer what `Outside` asks, until the sandbox, and with it the other end, is gone."""
    with (
        socket.socket(fileno=descriptor) as connection,
        connection.makefile("rw", encoding="utf-8") as stream,
    ):
        for line in stream:
            peer, port = json.loads(line)
            found = directory_of(peer, port)
            stream.write(json.dumps(None if found is None else str(found)) + "\n")
            stream.flush()


def uses_engine(ready_file: Path) -> bool:
    """Tell whether the sandbox that wrote the file runs containers by an engine."""
    try:
        ready = json.loads(ready_file.read_text(encoding="utf-8"))
    except FileNotFoundError:  # it never became ready, or was stopped in order
        return False
    return "address" in ready.get("container_engine", {})


def _inode(port: int, to_port: int) -> str | None:
    table = Path("/proc/net/tcp")
    if not table.exists():
        return None
    # Both ends count: a port may have connections to several others.
    ends = [f"{_LOOPBACK}:{port:04X}", f"{_LOOPBACK}:{to_port:04X}"]
    for line in table.read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        if fields[1:3] == ends:
            return fields[9]
    return None


def _holder(link: str) -> Path | None:
    for process in _PROCESSES.iterdir():
        if process.name.isdigit() and _holds(process, link):
            try:
                return (process / "cwd").readlink()
            except OSError:  # another user's, or one that has just ended
                return None
    return None


def _holds(process: Path, link: str) -> bool:
    try:
        handles = list((process / "fd").iterdir())
    except OSError:  # another user's process, or one that has just ended
        return False
    return any(_target(handle) == link for handle in handles)


def _target(handle: Path) -> str:
    try:
        return str(handle.readlink())
    except OSError:  # closed meanwhile
        return ""


if __name__ == "__main__":
    serve(int(sys.argv[1]))
    ready_file = Path(sys.argv[2])
    if uses_engine(ready_file):
        # If the sandbox was killed, nobody but this process knows that the engine still runs its jobs.
        from s_infra.sandbox.supervisor import tidy_after

        tidy_after(ready_file.parent)
