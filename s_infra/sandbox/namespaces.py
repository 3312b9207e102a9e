"""How processes are kept together, so that none outlives the sandbox.

On Linux a PID namespace of its own does it: the kernel ends all of it with its first process. Where that
isn't allowed, a process group stands in, and `Isolation.reason` says why.
"""

from __future__ import annotations

import ctypes
import functools
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PR_SET_PDEATHSIG = 1
PROBE_TIMEOUT_S = 5.0


@dataclass(frozen=True)
class Isolation:
    """The prefix that starts a program in namespaces; empty, with the reason, where they can't be had."""

    prefix: tuple[str, ...]
    reason: str | None = None

    @property
    def available(self) -> bool:
        """Whether namespaces are used."""
        return bool(self.prefix)

    def command(self, program: Sequence[str]) -> list[str]:
        """Return the command line that runs `program`, under a first process that collects orphans."""
        if not self.prefix:
            return list(program)
        return [*self.prefix, "--", sys.executable, "-m", "s_infra.sandbox.init", *program]


@functools.cache
def for_server() -> Isolation:
    """Return the isolation of the server: as an ordinary user it is root in a user namespace, to mount."""
    return _first_allowed(() if os.geteuid() == 0 else ("--user", "--map-root-user"))


@functools.cache
def for_command() -> Isolation:
    """Return the isolation of a user's command, which keeps its user."""
    return _first_allowed(() if os.geteuid() == 0 else ("--user", "--map-current-user"))


def _first_allowed(user: tuple[str, ...]) -> Isolation:
    if sys.platform != "linux":
        return Isolation((), f"namespaces are Linux's; this is {sys.platform}")
    unshare = shutil.which("unshare")
    if unshare is None:
        return Isolation((), "the program unshare (util-linux) is not on this machine")
    reason = "not tried"
    # Root without the right to make namespaces may still have it through a user namespace.
    for attempt in dict.fromkeys((user, ("--user", "--map-root-user"))):
        prefix = (unshare, *attempt, "--pid", "--fork", "--kill-child", "--mount", "--mount-proc")
        try:
            probe = subprocess.run(
                [*prefix, "--", "true"], capture_output=True, text=True, timeout=PROBE_TIMEOUT_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return Isolation((), f"unshare: {error}")
        if probe.returncode == 0:
            return Isolation(prefix)
        reason = probe.stderr.strip() or f"unshare ended with {probe.returncode}"
    return Isolation((), reason)


def die_with_parent() -> Callable[[], None] | None:
    """Return what a child runs before its program starts, to be killed when its parent ends, on Linux."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    return lambda: _ignore(prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0))


def first_process(launcher: int) -> int:
    """Return the process that `unshare` started, as seen from here; `launcher` itself when it has none."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and _parent(entry) == launcher:
            return int(entry.name)
    return launcher


def _parent(entry: Path) -> int | None:
    try:
        stat = (entry / "stat").read_text()
    except OSError:
        return None
    # The program's name, in brackets, may hold anything; the fields after it are plain.
    return int(stat.rpartition(")")[2].split()[1])


def _ignore(value: object) -> None:
    del value
