"""Runs a user's command in a sandbox of its own; when either side is killed, nothing of it is left."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING

from s_infra.errors import SInfraError
from s_infra.sandbox import environment, init, namespaces, supervisor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

# In its own PID namespace a command sees its first process under this number, and not the sandbox's.
FIRST_PID = 1
PROVIDERS = ("embedded", "stock")


def run(command: Sequence[str], *, provider: str = "embedded", iam: bool = False) -> int:
    """Run `command` with the environment of a fresh sandbox; return its exit code (128 + signal when killed).

    `provider` "stock" leaves Terraform to find its own aws provider; `iam` enforces roles' policies. Raises
    SInfraError when the command or the sandbox can't be started.
    """
    with supervisor.temporary(iam=iam) as sandbox:
        isolation = namespaces.for_command()
        seen_pid = FIRST_PID if isolation.available else sandbox.pid
        reattach = supervisor.with_pid(sandbox.reattach, seen_pid) if provider == "embedded" else None
        variables = environment.for_command(
            os.environ, environment.standard(sandbox.endpoint, sandbox.region, reattach)
        )
        program = shutil.which(command[0], path=variables["PATH"])
        if program is None:
            raise SInfraError("the command is not on this machine", which=command[0])
        process = subprocess.Popen(
            isolation.command([program, *command[1:]]),
            env=variables,
            preexec_fn=namespaces.die_with_parent(),
        )
        return _wait(process, isolation)


def _wait(process: subprocess.Popen[bytes], isolation: namespaces.Isolation) -> int:
    def pass_on(number: int, frame: FrameType | None) -> None:
        del frame
        if number in init.FROM_TERMINAL and init.terminal_delivers():
            return
        # unshare itself keeps signals off; its child passes them on.
        target = namespaces.first_process(process.pid) if isolation.available else process.pid
        os.kill(target, number)

    before = {number: signal.signal(number, pass_on) for number in init.PASSED_ON}
    try:
        code = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 128 - code if code < 0 else code
