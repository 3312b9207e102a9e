"""The lock file by which a sandbox is known to run: its processes hold it, the kernel drops it with them."""

from __future__ import annotations

import fcntl
import time
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

TIMEOUT_S = 0.3


def take(lock: IO[str]) -> bool:
    """Lock the open file for whoever inherits it; return whether nobody else holds it."""
    # Somebody who only looks whether the sandbox runs holds the lock for an instant, too.
    deadline = time.monotonic() + TIMEOUT_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        else:
            return True


def is_held(path: Path) -> bool:
    """Return whether a sandbox that runs holds the file, or may: another user's can't be read."""
    try:
        with path.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except (BlockingIOError, PermissionError):
        return True
    return False
