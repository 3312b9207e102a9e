"""The system calls that Python 3.11 has no functions for."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
SIGKILL = 9
SIOCGIFFLAGS = 0x8913
SIOCSIFFLAGS = 0x8914
IFF_UP = 0x1

_libc = ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: object) -> None:
    """Call a function of libc; raises OSError with its name where it fails."""
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def die_with_parent() -> None:
    """Have this process killed when the one that started it ends, however that happens."""
    call("prctl", PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)


def unshare(flags: int) -> None:
    """Leave the namespaces that `flags` name for new ones."""
    call("unshare", flags)


def enter_namespaces() -> None:
    """Enter new mount, PID, IPC and host-name namespaces; an ordinary user gets a user namespace first.

    The network stays, so that the launcher can relay to the outside; the first process leaves it on its own.
    """
    if os.geteuid() != 0:
        user, group = os.geteuid(), os.getegid()
        unshare(CLONE_NEWUSER)
        map_users((0, user), (0, group))
    unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS)


def map_users(user: tuple[int, int], group: tuple[int, int]) -> None:
    """Give this process's new user namespace one user and one group: (number inside, number outside)."""
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{user[0]} {user[1]} 1")
    _write("/proc/self/gid_map", f"{group[0]} {group[1]} 1")


def enter_network_namespace() -> None:
    """Enter a network that has a loopback interface and nothing else."""
    unshare(CLONE_NEWNET)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(control, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))


def set_hostname(name: str) -> None:
    """Name this host."""
    encoded = name.encode()
    call("sethostname", encoded, len(encoded))


def become(user: int, group: int) -> None:
    """Give up root for this user; the output stays writable, as Docker leaves it."""
    for descriptor in (1, 2):
        os.fchown(descriptor, user, group)
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:  # noqa: PTH123 - pathlib would double the start-up time
        file.write(text)
