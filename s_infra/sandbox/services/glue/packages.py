"""Puts a run's extra Python files where its script can import them."""

from __future__ import annotations

import shutil
import sys
import zipfile
from importlib import metadata
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.tags import sys_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from s_infra.errors import SInfraError

if TYPE_CHECKING:
    from pathlib import Path


def add(file: Path, folder: Path) -> Path:
    """Make a downloaded `.whl`, `.zip`, `.egg` or `.py` importable; return the entry for PYTHONPATH.

    Raises SInfraError for another kind of file, a wheel for another platform, or one whose requirements are
    not there: nothing is fetched from a package index here.
    """
    if file.suffix == ".whl":
        return _unpack_wheel(file, folder)
    if file.suffix in (".zip", ".egg"):
        return file
    if file.suffix == ".py":
        return file.parent
    raise SInfraError(f"--extra-py-files: {file.name} is none of .whl, .zip, .egg, .py")


def check_module(text: str) -> None:
    """Raise SInfraError unless a module that a job wants installed is there in a version that it takes."""
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise SInfraError(
            f"--additional-python-modules: {text!r} is neither a requirement nor in S3"
        ) from error
    _check_installed("--additional-python-modules", requirement)


def _unpack_wheel(wheel: Path, folder: Path) -> Path:
    try:
        tags = parse_wheel_filename(wheel.name)[3]
    except InvalidWheelFilename as error:
        raise SInfraError(f"--extra-py-files: {wheel.name} is not a wheel's name") from error
    if not tags & set(sys_tags()):
        python = f"Python {sys.version_info.major}.{sys.version_info.minor} on {sys.platform}"
        listed = ", ".join(sorted(str(tag) for tag in tags))
        raise SInfraError(f"--extra-py-files: {wheel.name} is for another platform ({listed}), not {python}")
    target = folder / wheel.stem
    try:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(target)
    except zipfile.BadZipFile as error:
        raise SInfraError(f"--extra-py-files: {wheel.name} is not a zip file") from error
    # What a wheel keeps apart for the two library folders belongs beside the rest.
    for part in (*target.glob("*.data/purelib"), *target.glob("*.data/platlib")):
        shutil.copytree(part, target, dirs_exist_ok=True)
    _check_requirements(wheel.name, target)
    return target


def _check_requirements(name: str, unpacked: Path) -> None:
    for distribution in metadata.distributions(path=[str(unpacked)]):
        for line in distribution.requires or ():
            try:
                requirement = Requirement(line)
            except InvalidRequirement as error:
                raise SInfraError(
                    f"--extra-py-files: {name} has the requirement {line!r}: {error}"
                ) from error
            if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
                continue
            _check_installed(f"--extra-py-files: {name}", requirement)


def _check_installed(name: str, requirement: Requirement) -> None:
    try:
        installed = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        installed = "nothing"
    if installed == "nothing" or not requirement.specifier.contains(installed, prereleases=True):
        here = f"here is {installed}, and the sandbox fetches nothing"
        raise SInfraError(f"{name} requires {requirement}; {here}")
