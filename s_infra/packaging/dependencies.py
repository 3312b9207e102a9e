"""A build's dependencies: resolved by uv for the target, downloaded by pip, never compiled here."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from s_infra.errors import SInfraError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from s_infra.packaging.targets import Target

# uv names the package in one of these sentences.
WITHOUT_WHEEL = re.compile(r"Because ([\w.\-]+?)(?:[=<>!~]=?\S+)? has no (?:usable )?wheels")
# What an installation says about the machine that it was done on.
OF_THE_MACHINE = {"INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"}
MESSAGE_LINES = 12


@dataclass(frozen=True)
class Pinned:
    """A dependency: the one wheel of it that the target takes. `location` is an URL or a local path."""

    name: str
    version: str
    file: str
    location: str
    sha256: str

    @property
    def purl(self) -> str:
        """Where it is from, whatever mirror it came by (the package-url specification)."""
        return f"pkg:pypi/{self.name}@{self.version}"


def resolve(sources: Sequence[Path], target: Target, pins: Mapping[str, str]) -> tuple[Pinned, ...]:
    """Return all that the requirement files (or pyproject.toml) need, sorted; `pins` are kept where they can.

    Raises:
        SInfraError: something has no wheel for the target, or can't be found.
    """
    constraints = "".join(f"{name}=={version}\n" for name, version in sorted(pins.items()))
    done = _resolved(sources, target, constraints)
    if done.returncode != 0 and constraints:
        # What the source asks for now may rule out what was pinned.
        done = _resolved(sources, target, "")
    if done.returncode != 0:
        raise _unresolved(done.stderr, target)
    return tuple(_pinned(package) for package in tomllib.loads(done.stdout).get("packages", ()))


def download(pinned: Iterable[Pinned], target: Target, folder: Path) -> tuple[Path, ...]:
    """Have the wheels in `folder`, each checked against its hash.

    Raises:
        SInfraError: one can't be had, or has other bytes than were promised.
    """
    wheels = tuple(pinned)
    local = [one for one in wheels if "://" not in one.location]
    for one in local:
        shutil.copyfile(one.location, folder / one.file)
    remote = [f"{one.name} @ {one.location}#sha256={one.sha256}" for one in wheels if one not in local]
    if remote:
        platforms = {
            part for one in wheels for part in one.file.removesuffix(".whl").split("-")[-1].split(".")
        }
        options = [option for name in sorted(platforms) for option in ("--platform", name)]
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        command += ["--no-deps", "--only-binary", ":all:", "--dest", str(folder), "--implementation", "cp"]
        _run(
            [*command, "--python-version", target.python, *options, *remote],
            "the dependencies can't be downloaded",
        )
    return tuple(folder / one.file for one in wheels)


def install(wheels: Iterable[Path], target: Target, folder: Path) -> None:
    """Lay wheels out in `folder` as Python imports them there, without a trace of this machine.

    Raises:
        SInfraError: uv refuses one.
    """
    command = [
        *_uv("install", target),
        "--target",
        str(folder),
        "--no-deps",
        "--offline",
        "--link-mode",
        "copy",
    ]
    _run([*command, *map(str, wheels)], "the dependencies can't be laid out")
    # Their first line is this machine's Python.
    shutil.rmtree(folder / "bin", ignore_errors=True)
    (folder / ".lock").unlink(missing_ok=True)
    for record in folder.glob("*.dist-info/RECORD"):
        for name in OF_THE_MACHINE:
            (record.parent / name).unlink(missing_ok=True)
        with record.open(newline="") as file:
            rows = [row for row in csv.reader(file) if (folder / row[0]).exists()]
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        record.write_text(text.getvalue())


def _resolved(sources: Sequence[Path], target: Target, constraints: str) -> subprocess.CompletedProcess[str]:
    command = [*_uv("compile", target), "--only-binary", ":all:", "--format", "pylock.toml", "--no-header"]
    # By stdin, which uv takes for a file named "-".
    kept = ["--constraint", "-"] if constraints else []
    return subprocess.run(
        [*command, "--quiet", *kept, *map(str, sources)],
        input=constraints,
        capture_output=True,
        text=True,
        check=False,
    )


def _uv(verb: str, target: Target) -> list[str]:
    from uv import find_uv_bin

    platform = ["--python-version", target.python, "--python-platform", target.platform]
    return [os.fspath(find_uv_bin()), "pip", verb, *platform]


def _pinned(package: Mapping[str, object]) -> Pinned:
    wheels = package.get("wheels")
    name, version = str(package["name"]), str(package.get("version", ""))
    if not isinstance(wheels, list) or not wheels:
        raise SInfraError(
            "a dependency is named by its source, not by a wheel of an index",
            which=name,
            next_step="name a release of it, or build its wheel and put that in a folder of UV_FIND_LINKS",
        )
    wheel = wheels[0]
    location = str(wheel.get("url") or wheel["path"])
    parts = urlsplit(location)
    if parts.scheme == "file":
        location = url2pathname(parts.path)
    file = str(wheel.get("name") or unquote(parts.path).rpartition("/")[2])
    return Pinned(name, version, file, location, str(wheel["hashes"]["sha256"]))


def _run(command: list[str], what: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SInfraError(f"{what}:\n{_last(done.stderr)}", next_step="mend what is named, and build again")


def _unresolved(told: str, target: Target) -> SInfraError:
    found = WITHOUT_WHEEL.search(" ".join(told.split()))
    if found is None:
        return SInfraError(
            f"the dependencies can't be resolved for {target.name}:\n{_last(told)}",
            next_step="mend the requirement; the package index must be reachable for this step",
        )
    return SInfraError(
        f"{found[1]} has no wheel for {target.name} (Python {target.python}, {target.machine}, "
        f"glibc 2.{target.glibc}), and nothing is compiled here:\n{_last(told)}",
        which=found[1],
        next_step="ask for a version of it that has one, or take it from another package",
    )


def _last(told: str) -> str:
    return "\n".join(told.strip().splitlines()[-MESSAGE_LINES:])
