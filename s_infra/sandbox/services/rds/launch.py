"""How PostgreSQL, which refuses to run as root, is started by a sandbox that is root.

In a user namespace of its own the sandbox's user has another number, and files keep their owner. Where
namespaces aren't allowed it becomes that user: its folder is given to it, and it may pass those above.
"""

from __future__ import annotations

import functools
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s_infra.sandbox import namespaces

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

PROBE_TIMEOUT_S = 5.0
PREFERRED_USER = "nobody"


@dataclass(frozen=True)
class Launch:
    """The prefix of a command line, and the user that must own PostgreSQL's files if it isn't the caller."""

    prefix: tuple[str, ...]
    owner: tuple[int, int] | None = None
    reason: str | None = None
    dies_with_parent: Callable[[], None] | None = None

    def command(self, program: Sequence[str]) -> list[str]:
        """Return the command line that runs `program` as an ordinary user."""
        return [*self.prefix, *program]

    def own(self, *paths: Path) -> None:
        """Give files and folders to the user that PostgreSQL runs as."""
        for path in paths if self.owner else ():
            os.chown(path, *self.owner or ())


@functools.cache
def unprivileged() -> Launch:
    """Return how a program is run as an ordinary user here; `reason` says why it can't be."""
    if os.geteuid() != 0:
        # PostgreSQL's own children end when it does.
        return Launch((), dies_with_parent=namespaces.die_with_parent())
    user = _ordinary_user()
    numbers = (str(user.pw_uid), str(user.pw_gid))
    in_namespace = (
        *("unshare", "--user", f"--map-user={numbers[0]}", f"--map-group={numbers[1]}"),
        # Its own shared memory goes with it, also after a kill -9.
        *("--ipc", "--"),
    )
    passing = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--pdeathsig=KILL", "--")
    as_user = ("setpriv", f"--reuid={numbers[0]}", f"--regid={numbers[1]}", "--clear-groups", *passing)
    if (reason := _refused(in_namespace)) is None:
        return Launch(in_namespace)
    if (other := _refused(as_user)) is None:
        return Launch(as_user, owner=(user.pw_uid, user.pw_gid))
    return Launch((), reason=f"PostgreSQL can't run as root, nor as another user here: {reason}; {other}")


def _ordinary_user() -> pwd.struct_passwd:
    # initdb asks for the name of the user it runs as: one that the machine knows.
    try:
        return pwd.getpwnam(PREFERRED_USER)
    except KeyError:
        return next(user for user in pwd.getpwall() if user.pw_uid != 0)


def _refused(prefix: tuple[str, ...]) -> str | None:
    if shutil.which(prefix[0]) is None:
        return f"{prefix[0]} is not on this machine"
    try:
        probe = subprocess.run(
            [*prefix, "true"], capture_output=True, text=True, timeout=PROBE_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return f"{prefix[0]} does not end"
    return None if probe.returncode == 0 else probe.stderr.strip() or f"{prefix[0]}: {probe.returncode}"
