"""`artifacts.lock.json`: what was built, from what, with which hashes; Terraform reads it, builds nothing."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from s_infra.errors import SInfraError
from s_infra.packaging import archives

if TYPE_CHECKING:
    from pathlib import Path

NAME = "artifacts.lock.json"
VERSION = 1


@dataclass(frozen=True)
class Artifact:
    """A file. `kind`: wheel, function or layer; `size` in bytes; `source`: "own", or a dependency's purl."""

    file: str
    kind: str
    sha256: str
    size: int
    source: str


@dataclass(frozen=True)
class Build:
    """One source built for one target ("any": for none). Paths are relative to the lock's folder.

    `pins` are the dependencies' versions by name, `built_with` the versions of the build backend's packages.
    """

    source: str
    kind: str
    sha256: str
    target: str
    artifacts: tuple[Artifact, ...]
    pins: dict[str, str]
    built_with: dict[str, str]

    @property
    def key(self) -> tuple[str, str]:
        """What there is one of in a lock."""
        return self.source, self.target


def read(path: Path) -> tuple[Build, ...]:
    """Return the builds of a lock, () where there is none yet.

    Raises:
        SInfraError: the file is no lock of this version.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["version"] != VERSION:
            raise ValueError(f"version {content['version']}")
        return tuple(
            Build(**{**one, "artifacts": tuple(Artifact(**artifact) for artifact in one["artifacts"])})
            for one in content["builds"]
        )
    except FileNotFoundError:
        return ()
    except (ValueError, KeyError, TypeError) as error:
        raise SInfraError(
            f"this is no lock that this version reads: {error!r}",
            which=str(path),
            next_step="take it from version control again, or delete it and build anew",
        ) from error


def add(path: Path, build: Build) -> None:
    """Put a build in the lock in place of the one with its key; a reader sees the old lock or the new one."""
    builds = {one.key: one for one in read(path)} | {build.key: build}
    content = {"version": VERSION, "builds": [asdict(builds[key]) for key in sorted(builds)]}
    partial = path.with_name(f".{path.name}.partial")
    with archives.written("the lock", path):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        partial.replace(path)
