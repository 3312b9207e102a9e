"""The machine's Pythons: that of a function's runtime, or the sandbox's own in its place."""

from __future__ import annotations

import functools
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNTIME = re.compile(r"python3\.(?P<minor>\d+)")
# AWS's runtime client needs it.
OLDEST_MINOR = 10
PROBE_TIMEOUT_S = 20.0
PROBE = (
    "import json, os, platform, sys; "
    "print(json.dumps([platform.python_version(), os.path.realpath(sys.executable), sys.base_prefix]))"
)
_searching = threading.Lock()


@dataclass(frozen=True)
class Python:
    """An interpreter: its program, its full version, and the folders it needs outside of the system's."""

    program: str
    version: str
    folders: tuple[Path, ...]


def for_runtime(runtime: str) -> Python:
    """Return the machine's Python of that runtime (`python3.12`), or the sandbox's own."""
    # Environments that start at once wait for one search.
    with _searching:
        return _found(runtime)


@functools.cache
def _found(runtime: str) -> Python:
    found = RUNTIME.fullmatch(runtime)
    if found is None or int(found["minor"]) < OLDEST_MINOR or _is_minor(platform.python_version(), runtime):
        return own()
    for candidate in _candidates(runtime):
        python = _probed(candidate)
        if python is not None and _is_minor(python.version, runtime):
            return python
    return own()


def stands_in(runtime: str) -> str | None:
    """Return what to say where another Python runs than the runtime's, or None."""
    python = for_runtime(runtime)
    if _is_minor(python.version, runtime):
        return None
    return f"s-infra sandbox: {runtime} isn't on this machine; Python {python.version} stands in for it"


@functools.cache
def own() -> Python:
    """Return the Python that the sandbox itself runs on, without its virtual environment."""
    found = _probed(sys.executable)
    if found is None:
        raise RuntimeError(f"{sys.executable} does not start")
    return found


def _candidates(runtime: str) -> Iterator[str]:
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    on_path = shutil.which(runtime)
    # A shim of pyenv is no Python, and slow to say so.
    if on_path is not None and not Path(on_path).is_relative_to(pyenv / "shims"):
        yield on_path
    version = runtime.removeprefix("python")
    versions = pyenv / "versions"
    yield from (str(program) for program in sorted(versions.glob(f"{version}.*/bin/{runtime}"), reverse=True))
    from uv import find_uv_bin

    answer = subprocess.run(
        [os.fspath(find_uv_bin()), "python", "find", "--no-python-downloads", "--no-project", version],
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode == 0:
        yield answer.stdout.strip()


def _probed(program: str) -> Python | None:
    try:
        answer = subprocess.run(
            [program, "-I", "-S", "-c", PROBE],
            capture_output=True,
            text=True,
            timeout=PROBE_TIMEOUT_S,
            check=False,
        )
        version, real, prefix = json.loads(answer.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return None
    folders = dict.fromkeys((Path(prefix), Path(prefix).resolve(), Path(real).parent.parent))
    return Python(real, version, tuple(path for path in folders if not path.is_relative_to("/usr")))


def _is_minor(version: str, runtime: str) -> bool:
    return version.split(".")[:2] == runtime.removeprefix("python").split(".")[:2]
