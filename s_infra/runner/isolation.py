"""What this machine lets containers have of their own."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.packaging.environments import Environment

# The launcher does with the standard library alone, whatever is in the sandbox's environment.
LAUNCH = "import sys; sys.path.append(sys.argv[1]); from {0} import {1}; {1}.{2}({3})"
PACKAGE = "s_infra.runner.launcher"
PROBE_TIMEOUT_S = 20.0


@functools.cache
def reason() -> str | None:
    """Return why containers can't have namespaces of their own here, or None when they can."""
    import tempfile

    if sys.platform != "linux":
        return f"namespaces are Linux's; this is {sys.platform}"
    with tempfile.TemporaryDirectory(prefix="s-infra-probe-") as scratch:
        stage, image = Path(scratch, "stage"), Path(scratch, "image")
        stage.mkdir()
        image.mkdir()
        try:
            done = subprocess.run(
                launcher("main", "probe", repr(str(stage)), repr(str(image))),
                capture_output=True,
                text=True,
                timeout=PROBE_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return "setting namespaces up takes too long"
    if done.returncode == 0:
        return None
    return (
        (done.stdout + done.stderr).strip().splitlines()[-1:][0] if done.stdout + done.stderr else "refused"
    )


def launcher(module: str, function: str, *arguments: str) -> list[str]:
    """Return the command line that calls a function of the launcher with these Python literals."""
    code = LAUNCH.format(PACKAGE, module, function, ", ".join(arguments))
    return [sys.executable, "-I", "-S", "-c", code, str(Path(__file__).parents[2])]


def start(
    specification: Mapping[str, Any], status: int, *, output: int, passed: tuple[int, ...] = ()
) -> subprocess.Popen[bytes]:
    """Start a program in namespaces of its own, as the launcher's specification says.

    `status` is the file descriptor on which the launcher tells how it went, `output` one for the program's
    output (or subprocess.PIPE), `passed` are those that the program inherits.
    """
    process = subprocess.Popen(
        launcher("main", "main", str(status)),
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT,
        pass_fds=(status, *passed),
        env={},
        cwd="/",
        start_new_session=True,
    )
    if process.stdin is not None:
        process.stdin.write(json.dumps(specification).encode())
        process.stdin.close()
    return process


def available() -> bool:
    """Return whether containers get namespaces of their own."""
    return reason() is None


def can_change_user() -> bool:
    """Return whether a program can be run as another user than the sandbox's."""
    if os.geteuid() != 0:
        return False
    # A user namespace that maps one user has no other to change to.
    fields = Path("/proc/self/uid_map").read_text().split()
    return len(fields) >= 3 and int(fields[2]) > 1


def python_folders(environment: Environment) -> list[Path]:
    """Return the folders that the environment's Python needs and that lie outside the system's own."""
    link = environment.directory / "bin" / "python"
    candidates = [
        environment.directory,
        environment.base_prefix,
        environment.base_prefix.resolve(),
        # The link may go over a folder that is itself a link, as uv's own interpreters do.
        link.readlink().parent.parent if link.is_symlink() else environment.base_prefix,
    ]
    found = [path for path in dict.fromkeys(candidates) if path.is_absolute() and path.is_dir()]
    return [path for path in found if not path.is_relative_to("/usr")]
