"""Zip archives that are the same bytes wherever they are made: sorted, without times, owners or a umask."""

from __future__ import annotations

import contextlib
import zipfile
from typing import TYPE_CHECKING

from s_infra.errors import SInfraError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

# The earliest time that the format can hold.
EPOCH = (1980, 1, 1, 0, 0, 0)
UNIX = 3
REGULAR = 0o100000


@contextlib.contextmanager
def written(what: str, where: Path) -> Iterator[None]:
    """Turn a failure to write inside the block, a full disk for instance, into a SInfraError.

    Raises:
        SInfraError: as said.
    """
    try:
        yield
    except OSError as error:
        raise SInfraError(
            f"{what} can't be written: {error.strerror or error}",
            which=str(error.filename or where),
            next_step="make room, or take a folder that can be written; what was there before is unchanged",
        ) from error


def pack(files: Mapping[str, Path], target: Path) -> None:
    """Write a zip of `files`, paths by their names in it."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            executable = files[name].stat().st_mode & 0o111
            with (
                files[name].open("rb") as content,
                archive.open(_entry(name, bool(executable), zipfile.ZIP_DEFLATED), "w") as entry,
            ):
                while block := content.read(1 << 20):
                    entry.write(block)


def normalise(wheel: Path, target: Path) -> None:
    """Write a wheel anew, whatever order, times, modes and compression its build backend chose.

    Nothing is compressed: two versions of zlib may compress the same bytes differently, and code is small.
    """
    with zipfile.ZipFile(wheel) as given, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        names = [info for info in given.infolist() if not info.is_dir()]
        # The metadata last, and RECORD as its end, as the wheel format advises.
        for info in sorted(
            names,
            key=lambda one: (".dist-info/" in one.filename, one.filename.endswith("/RECORD"), one.filename),
        ):
            executable = bool((info.external_attr >> 16) & 0o111)
            archive.writestr(_entry(info.filename, executable, zipfile.ZIP_STORED), given.read(info))


def _entry(name: str, executable: bool, compression: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.create_system, entry.compress_type = UNIX, compression
    entry.external_attr = (REGULAR | (0o755 if executable else 0o644)) << 16
    return entry
