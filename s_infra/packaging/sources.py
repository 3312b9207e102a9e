"""What a build is made from, and the hash that Terraform works out of the same files for itself."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from s_infra.errors import SInfraError

REQUIREMENTS = "requirements.txt"
PROJECT = "pyproject.toml"
# Caches, hidden folders and what builds leave. components/aws/artifacts-lock/main.tf has the same words.
LEFT_OUT = re.compile(r"(^|/)(__pycache__|build|dist|[^/]+\.egg-info|\.[^/]+)/")
PYTHON_CACHE = ".pyc"


@dataclass(frozen=True)
class Source:
    """A project (a folder with pyproject.toml), a function (any other folder) or a requirements file.

    `files`: relative POSIX paths, sorted; `sha256` is over their names and contents.
    """

    path: Path
    kind: str
    files: tuple[str, ...]
    sha256: str

    @property
    def name(self) -> str:
        """What artifacts of it are called."""
        return self.path.resolve().name if self.path.is_dir() else self.path.stem


def read(path: Path) -> Source:
    """Read a source.

    Raises:
        SInfraError: it is neither a folder with files nor a requirements file.
    """
    if path.is_file():
        if path.suffix != ".txt":
            raise SInfraError(
                "a build is made from a folder or from a requirements file, *.txt", which=str(path)
            )
        return Source(path, "requirements", (path.name,), _file_hash(path))
    files = tuple(sorted(_files(path)))
    if not files:
        raise SInfraError("there is nothing to build: the folder is empty or missing", which=str(path))
    text = "\n".join(f"{name} {_file_hash(path / name)}" for name in files)
    kind = "project" if PROJECT in files else "function"
    return Source(path, kind, files, hashlib.sha256(text.encode()).hexdigest())


def _files(top: Path) -> list[str]:
    found = []
    for root, folders, files in os.walk(top):
        relative = Path(root).relative_to(top).as_posix()
        prefix = "" if relative == "." else relative + "/"
        folders[:] = [name for name in folders if not LEFT_OUT.search(f"{prefix}{name}/")]
        found += [prefix + name for name in files if not name.endswith(PYTHON_CACHE)]
    return [name for name in found if (top / name).is_file()]


def _file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
