"""A file's checksum as S3 gives it for SHA-256: of the whole, or of several parts' digests."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s_infra.errors import SInfraError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MEBIBYTE = 1 << 20
SMALLEST_PART = 16 * MEBIBYTE
MOST_PARTS = 10_000
LARGEST = 5 * (1 << 40)


@dataclass(frozen=True)
class Stat:
    """What tells that a file is another than it was: size in bytes, times in ns, inode."""

    size: int
    modified: int
    changed: int
    inode: int

    @classmethod
    def of(cls, found: os.stat_result) -> Stat:
        """Return what the system's answer says."""
        return cls(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def stat(path: Path | int) -> Stat:
    """Return the file's, by its path or an open descriptor."""
    return Stat.of(os.stat(path))  # noqa: PTH116 - a descriptor has no path


def part_size(size: int) -> int:
    """Return the bytes of each part of a file of `size` bytes: the same on every machine, whole MiB."""
    needed = -(-size // MOST_PARTS)
    return max(SMALLEST_PART, -(-needed // MEBIBYTE) * MEBIBYTE)


def encoded(digest: bytes) -> str:
    """Return a digest as S3 writes it."""
    return base64.b64encode(digest).decode()


def composite(parts: Iterable[bytes]) -> str:
    """Return the checksum of an object that was sent in these parts, from their digests."""
    digests = list(parts)
    return f"{encoded(hashlib.sha256(b''.join(digests)).digest())}-{len(digests)}"


def of_file(path: Path) -> str:
    """Return the file's checksum, read in blocks.

    Raises:
        SInfraError: it changed meanwhile.
    """
    with path.open("rb") as file:
        before = stat(file.fileno())
        if before.size <= SMALLEST_PART:
            found = encoded(hashlib.file_digest(file, "sha256").digest())
        else:
            size, digests = part_size(before.size), []
            while block := file.read(size):
                digests.append(hashlib.sha256(block).digest())
            found = composite(digests)
        if stat(file.fileno()) != before:
            raise changed(path)
    return found


def changed(path: Path) -> SInfraError:
    """Return the error for a file that somebody writes to while it is read."""
    return SInfraError(
        "the file changed while it was read; it isn't uploaded",
        which=str(path),
        next_step="upload again when whoever writes it has finished",
    )
