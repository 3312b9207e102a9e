"""Where the Terraform at the other end of a connection runs: relative paths in a configuration start there.

A provider that Terraform starts inherits its working directory; one that it attaches to has to look it up.
Linux tells which process holds the other end of a local connection.
"""

from __future__ import annotations

import re
from pathlib import Path

_PEER = re.compile(r"ipv4:127\.0\.0\.1:(\d+)$")
_LOOPBACK = "0100007F"


def directory_of(peer: str, port: int, processes: Path) -> Path | None:
    """The working directory of the peer (in gRPC's form) of our port; None where the system doesn't tell.

    `processes` is a /proc that shows the peer's process.
    """
    found = _PEER.match(peer)
    inode = _inode(int(found.group(1)), port) if found else None
    return _holder(f"socket:[{inode}]", processes) if inode else None


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


def _holder(link: str, processes: Path) -> Path | None:
    for process in processes.iterdir():
        if process.name.isdigit() and _holds(process, link):
            return (process / "cwd").readlink()
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
