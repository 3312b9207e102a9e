"""Runs a command where no network is but loopback, and says on the last line how many packets tried to leave.

`unshare --net python tests/support/offline.py COMMAND…`; the exit code is the command's.
"""

from __future__ import annotations

import fcntl
import socket
import struct
import subprocess
import sys
from pathlib import Path

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1
# Addresses for documentation (RFC 5737): nobody has them.
NOWHERE = ("192.0.2.1", 80)


def main(command: list[str]) -> int:
    """Run the command; return its exit code, or 1 when the count of packets can't be trusted."""
    _loopback_up()
    begun = _tried_to_leave()
    with socket.socket() as probe:
        if probe.connect_ex(NOWHERE) == 0 or _tried_to_leave() == begun:
            sys.exit("this network is not cut off, or does not count")
    begun = _tried_to_leave()
    code = subprocess.run(command, check=False).returncode
    sys.stdout.write(f"tried to leave: {_tried_to_leave() - begun}\n")
    return code


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(control, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))


def _tried_to_leave() -> int:
    """Return how often this network had no route for a packet, in either version of IP."""
    lines = [line.split() for line in Path("/proc/net/snmp").read_text().splitlines()]
    names, values = (line for line in lines if line[0] == "Ip:")
    newer = dict(line.split() for line in Path("/proc/net/snmp6").read_text().splitlines())
    return int(dict(zip(names, values, strict=True))["OutNoRoutes"]) + int(newer.get("Ip6OutNoRoutes", 0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
