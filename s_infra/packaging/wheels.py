"""Builds a project's wheel: the same source gives the same bytes, and an unchanged one isn't rewritten."""

from __future__ import annotations

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from build import BuildBackendException, BuildException, ProjectBuilder

from s_infra.errors import SInfraError
from s_infra.packaging import archives

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Zip archives can't hold an earlier time; the source's own times would differ between two checkouts.
ZIP_EPOCH = "315532800"


@dataclass(frozen=True)
class Wheel:
    """A built wheel; `changed` tells whether the file there before was another or none."""

    path: Path
    changed: bool


def build(source: Path, out: Path) -> Wheel:
    """Build the wheel of the project in `source` into the folder `out`.

    The build backend is the one that is installed beside this helper, in the version pinned there: a backend
    fetched anew at each build could change the bytes.

    Raises:
        SInfraError: no project there, its backend isn't installed, or the build fails (its last lines shown).
    """
    if not (source / "pyproject.toml").is_file():
        raise SInfraError(
            "there is no project to build",
            which=str(source),
            next_step="name the folder that holds pyproject.toml",
        )
    output: list[str] = []
    with tempfile.TemporaryDirectory(prefix="s-infra-wheel-") as scratch:
        try:
            built = Path(ProjectBuilder(source, runner=_Runner(output)).build("wheel", scratch))
        except (BuildException, BuildBackendException) as error:
            raise SInfraError(
                "the wheel can't be built:\n" + "\n".join([*output[-20:], str(error)]),
                which=str(source),
                next_step="mend what the backend names, or install the backend that [build-system] asks for",
            ) from error
        normal = Path(scratch, "normal")
        with archives.written("the wheel", out):
            archives.normalise(built, normal)
        content = normal.read_bytes()
        target = out / built.name
        if target.is_file() and target.read_bytes() == content:
            return Wheel(target, changed=False)
        with archives.written("the wheel", out):
            out.mkdir(parents=True, exist_ok=True)
            partial = target.with_name(f".{target.name}.partial")
            partial.write_bytes(content)
            partial.replace(target)
        return Wheel(target, changed=True)


class _Runner:
    """Runs the backend's hooks with a fixed clock and keeps what they print."""

    def __init__(self, output: list[str]) -> None:
        self._output = output

    def __call__(
        self,
        cmd: Sequence[str],
        cwd: str | None = None,
        extra_environ: Mapping[str, str] | None = None,
    ) -> None:
        environment = {**os.environ, "SOURCE_DATE_EPOCH": ZIP_EPOCH, **(extra_environ or {})}
        done = subprocess.run(cmd, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
        self._output += [*done.stdout.splitlines(), *done.stderr.splitlines()]
        done.check_returncode()
