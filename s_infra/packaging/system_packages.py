"""The packages that a Dockerfile installs with apt-get: the machine's own, where no engine builds it."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Python, pip and what compiles packages: the environment that `image push` builds has no need of them.
NOT_NEEDED = (
    "python",
    "build-essential",
    "gcc",
    "g++",
    "make",
    "cmake",
    "pkg-config",
    "apt-",
    "software-prop",
)
STATE = ("/var/lib", "/var/log", "/var/cache")


def missing(packages: Iterable[str]) -> list[str]:
    """Return those that this machine hasn't, in order; [] where nothing here can tell.

    A program of the package's name stands for it, however it came: nginx may be nginx-light's.
    """
    names = [name for name in map(_name, packages) if not name.startswith(NOT_NEEDED)]
    wanted = [name for name in dict.fromkeys(names) if shutil.which(name, path=_path()) is None]
    query = shutil.which("dpkg-query")
    if not wanted or query is None:
        return []
    listed = subprocess.run(
        [query, "--show", "--showformat", "${binary:Package} ${db:Status-Status}\\n", *wanted],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line.split() for line in listed.stdout.splitlines()]
    present = {line[0].partition(":")[0] for line in lines if line[-1] == "installed"}
    return [name for name in wanted if name not in present]


def told(packages: Iterable[str]) -> str:
    """Return the sentence for people."""
    names = " ".join(packages)
    return (
        f"the Dockerfile installs with apt-get what this machine hasn't: {names}; where the program needs "
        f"it, install it here (apt-get install {names}) or use a container engine"
    )


def folders(packages: Iterable[str]) -> list[str]:
    """Return the folders that the packages keep state in, by Debian's custom, whether they exist or not."""
    names = {part for name in map(_name, packages) for part in (name, name.partition("-")[0])}
    return [f"{top}/{name}" for top in STATE for name in sorted(names)]


def _name(package: str) -> str:
    return package.partition("=")[0].partition(":")[0].partition("/")[0]


def _path() -> str:
    # As root's, where Debian has its servers.
    return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
