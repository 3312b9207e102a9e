"""The first process of a PID namespace: starts one program, passes signals on, and collects orphans.

`python -m s_infra.sandbox.init PROGRAM ARGUMENTS…`. When it ends, the kernel ends all that is left in its
namespace. It imports little, since it lies in the way of each start.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

PASSED_ON = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
FROM_TERMINAL = (signal.SIGINT, signal.SIGQUIT)


def terminal_delivers() -> bool:
    """Tell whether a key press reaches the process group already; passing it on would double it."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


def exit_code(status: int) -> int:
    """Return a wait status as a shell's exit code: 128 and the signal's number when a signal ended it."""
    code = os.waitstatus_to_exitcode(status)
    return 128 - code if code < 0 else code


def run(command: list[str]) -> int:
    """Run `command` until it ends; return its exit code."""
    child = os.posix_spawnp(command[0], command, os.environ, setsigdef=list(PASSED_ON))

    def pass_on(number: int, frame: FrameType | None) -> None:
        del frame
        if number in FROM_TERMINAL and terminal_delivers():
            return
        os.kill(child, number)

    for number in PASSED_ON:
        signal.signal(number, pass_on)
    while True:
        pid, status = os.wait()
        if pid == child:
            return exit_code(status)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
