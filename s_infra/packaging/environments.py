"""Python environments for containers that run without an engine: built once by uv, kept in the user's cache.

Building may reach the package index and is done by `s-infra image push` alone; a running sandbox only looks
them up.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from s_infra.errors import SInfraError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

RECORD = "environment.json"
MESSAGE_LINES = 15


@dataclass(frozen=True)
class Environment:
    """A virtual environment: its folder, its Python's full version, and where that Python itself lies."""

    directory: Path
    python: str
    base_prefix: Path


def key(python: str | None, requirements: Sequence[str]) -> str:
    """Return the name of the environment for a minor version of Python (None: any) and requirement lines."""
    text = json.dumps([python, list(requirements)])
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def cache_directory() -> Path:
    """Return the folder that holds all environments."""
    return platformdirs.user_cache_path("s-infra") / "environments"


def find(python: str | None, requirements: Sequence[str]) -> Environment | None:
    """Return the built environment, or None. Opens no connection and builds nothing."""
    directory = cache_directory() / key(python, requirements)
    try:
        record = json.loads((directory / RECORD).read_text())
    except (OSError, ValueError):
        return None
    found = Environment(directory, record["python"], Path(record["base_prefix"]))
    # An interpreter that was taken off the machine leaves a dead link.
    return found if (directory / "bin" / "python").exists() else None


def build(python: str | None, requirements: Sequence[str], tell: Callable[[str], None]) -> Environment:
    """Return the environment, built if it isn't there yet. Several processes may ask at once.

    Raises:
        SInfraError: uv could not install the requirements; its message is in it.
    """
    directory = cache_directory() / key(python, requirements)
    directory.parent.mkdir(parents=True, exist_ok=True)
    with _lock(directory.with_suffix(".lock")):
        interpreter = _interpreter(python)
        found = find(python, requirements)
        if found is None or (interpreter is not None and not _is_minor(found.python, python)):
            with tempfile.TemporaryDirectory(prefix=".build-", dir=directory.parent) as scratch:
                fresh = Path(scratch) / "environment"
                _build(fresh, interpreter or sys.executable, requirements, tell)
                if directory.exists():
                    shutil.rmtree(directory)
                fresh.rename(directory)
            found = find(python, requirements)
    if found is None:
        raise SInfraError("the environment that was built can't be used", which=str(directory))
    if not _is_minor(found.python, python):
        tell(f"warning: this machine has no Python {python}; {found.python} stands in for it")
    return found


def _build(
    directory: Path, interpreter: str, requirements: Sequence[str], tell: Callable[[str], None]
) -> None:
    # Relocatable: the folder is renamed when it is whole, and a container sees it somewhere else.
    _uv("venv", "--relocatable", "--no-config", "--python", interpreter, str(directory))
    if requirements:
        tell(f"installing {len(requirements)} Python requirements in {directory.parent.parent}")
        wanted = directory / "requirements.txt"
        wanted.write_text("".join(f"{line}\n" for line in requirements))
        python = str(directory / "bin" / "python")
        # Compiled now, since a container can't write its byte code there.
        _uv("pip", "install", "--python", python, "--compile-bytecode", "--requirement", str(wanted))
    probe = "import json, platform, sys; print(json.dumps([platform.python_version(), sys.base_prefix]))"
    answer = subprocess.run(
        [str(directory / "bin" / "python"), "-I", "-c", probe], capture_output=True, text=True, check=True
    )
    version, prefix = json.loads(answer.stdout)
    (directory / RECORD).write_text(json.dumps({"python": version, "base_prefix": prefix}))


def _interpreter(python: str | None) -> str | None:
    """Return the machine's interpreter of that minor version, or None when it has none."""
    if python is None or _is_minor(platform.python_version(), python):
        return sys.executable
    found = subprocess.run(
        [_uv_program(), "python", "find", "--no-python-downloads", "--no-project", python],
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip() if found.returncode == 0 else None


def _is_minor(version: str, python: str | None) -> bool:
    return python is None or version.split(".")[:2] == python.split(".")[:2]


def _uv(*arguments: str) -> None:
    done = subprocess.run([_uv_program(), *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        message = "\n".join(done.stderr.strip().splitlines()[-MESSAGE_LINES:])
        next_step = "mend the Dockerfile's requirements; the package index must be reachable for this step"
        if os.strerror(errno.ENOSPC) in message:
            next_step = f"make room on the disk of {cache_directory().parent}, and do the same again"
        raise SInfraError(
            f"the container's Python environment can't be built:\n{message}",
            which=" ".join(arguments[:2]),
            next_step=next_step,
        )


def _uv_program() -> str:
    from uv import find_uv_bin

    return os.fspath(find_uv_bin())


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    # Not on Windows; nor is anything that runs containers without an engine.
    import fcntl

    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
