"""Looks a CSV file over before it lands: what would make its run fail is better said here, at once."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s_infra.errors import SInfraError
from s_infra.text import is_number
from s_infra.uploads import digests

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path

LARGEST_HEADER = digests.MEBIBYTE
# Two parts are hashed while a third is read and looked at.
HASHING = 2
# What is decoded at a time: it stays in the processor's cache, and takes four times that at most.
DECODED_BYTES = 256 * 1024
# What a file begins with that is no text, and what to do about it.
MAGIC = (
    (b"\x1f\x8b", "it is compressed by gzip", "unpack it: gunzip"),
    (b"PK\x03\x04", "it is a ZIP archive or a spreadsheet", "save it as CSV"),
    (b"PAR1", "it is a Parquet file", "write it as CSV"),
    (b"BZh", "it is compressed by bzip2", "unpack it: bunzip2"),
    (b"\x28\xb5\x2f\xfd", "it is compressed by Zstandard", "unpack it: unzstd"),
    (codecs.BOM_UTF16_LE, "it is UTF-16", "save it as UTF-8"),
    (codecs.BOM_UTF16_BE, "it is UTF-16", "save it as UTF-8"),
)
OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True)
class Looked:
    """A file as it was looked over.

    `header` has the columns' names, empty where the file wasn't checked; `size` is in bytes; `part_size`, in
    bytes, is how long the parts are whose SHA-256 digests `parts` holds.
    """

    path: Path
    size: int
    header: tuple[str, ...]
    part_size: int
    parts: tuple[bytes, ...]

    @property
    def checksum(self) -> str:
        """The file's SHA-256 as S3 gives it: of the whole, or of several parts' digests."""
        return digests.encoded(self.parts[0]) if len(self.parts) == 1 else digests.composite(self.parts)

    def sha256(self) -> str:
        """Return the whole file's SHA-256 in hexadecimal; one of several parts is read once more."""
        if len(self.parts) == 1:
            return self.parts[0].hex()
        with self.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()


def look(path: Path, *, delimiter: str = ",", check: bool = True) -> Looked:
    """Read the file once, in constant memory; with `check`, refuse what no transform could read as CSV.

    Raises:
        SInfraError: the file is missing, empty or unreadable, changes meanwhile, or isn't UTF-8 text with a
            header of distinct names, this delimiter and at least one row.
    """
    try:
        if not path.is_file() or path.stat().st_size == 0:
            raise SInfraError(
                "there is nothing to land: the file is " + ("empty" if path.is_file() else "missing"),
                which=str(path),
                next_step="name a CSV file with a header and rows",
            )
        with path.open("rb") as stream:
            before = os.fstat(stream.fileno())
            part_size = digests.part_size(before.st_size)
            reading = _Reading(path, delimiter) if check else None
            size, parts = 0, []
            with ThreadPoolExecutor(HASHING) as pool:
                under_way: deque[Future[bytes]] = deque()
                while block := stream.read(part_size):
                    if len(under_way) == HASHING:
                        parts.append(under_way.popleft().result())
                    under_way.append(pool.submit(_digest, block))
                    if reading is not None:
                        reading.take(block)
                    size += len(block)
                parts += [one.result() for one in under_way]
            after = os.fstat(stream.fileno())
    except OSError as error:
        raise SInfraError(
            f"the file can't be read: {error.strerror}", which=str(path), next_step="look at its permissions"
        ) from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or size != after.st_size:
        raise changed(path)
    header = reading.end() if reading is not None else ()
    return Looked(path, size, header, part_size, tuple(parts))


def _digest(block: bytes) -> bytes:
    return hashlib.sha256(block).digest()


def changed(path: Path) -> SInfraError:
    """Return the error for a file that somebody writes to while it lands."""
    return SInfraError(
        "the file changed while it was read; nothing has landed",
        which=str(path),
        next_step="land it again when whoever writes it has finished",
    )


class _Reading:
    """Takes a file's blocks one after the other and refuses what can't be used."""

    def __init__(self, path: Path, delimiter: str) -> None:
        self._path = path
        self._delimiter = delimiter
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._taken = 0
        self._head = ""
        self._header: tuple[str, ...] = ()
        self._rows = False

    def take(self, block: bytes) -> None:
        if self._taken == 0:
            for magic, what, remedy in MAGIC:
                if block.startswith(magic):
                    raise self._refused(what, remedy)
        if (place := block.find(0)) >= 0:
            raise self._refused(
                f"byte {self._taken + place} is 0, which no text has", "save it as UTF-8 text"
            )
        # Most blocks of most files: a twentieth of what decoding takes.
        if self._rows and block.isascii() and not self._decoder.getstate()[0]:
            self._taken += len(block)
            return
        for start in range(0, len(block), DECODED_BYTES):
            self._decode(block[start : start + DECODED_BYTES])

    def _decode(self, piece: bytes) -> None:
        try:
            text = self._decoder.decode(piece)
        except UnicodeDecodeError as error:
            # The decoder leaves a byte-order mark out, and keeps what a piece cut of a character.
            place = self._taken + len(piece) - len(error.object) + error.start
            raise self._refused(f"it is not UTF-8 (byte {place})", "save it as UTF-8") from error
        self._taken += len(piece)
        if not self._rows:
            self._read_head(text)

    def end(self) -> tuple[str, ...]:
        try:
            self._decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise self._refused("its last character is cut off", "get the whole file") from error
        if not self._header:
            self._take_header(final=True)
        if not self._rows:
            raise self._refused("it has a header and no rows", "land a file with data")
        return self._header

    def _read_head(self, text: str) -> None:
        self._head += text
        if not self._header:
            self._take_header(final=False)
        # Whatever stands behind the header is a row; the transform looks at what is in it.
        self._rows = bool(self._header) and bool(self._head.strip())
        if self._rows:
            self._head = ""
        elif len(self._head) > LARGEST_HEADER:
            raise self._refused(f"no line ends within {LARGEST_HEADER} characters", "is it a CSV file?")

    def _take_header(self, *, final: bool) -> None:
        source = io.StringIO(self._head, newline="")
        try:
            found = next(csv.reader(source, delimiter=self._delimiter, strict=True), None)
        except csv.Error as error:
            if not final and len(self._head) <= LARGEST_HEADER:
                return
            raise self._refused(f"line 1: {error}", "mend its header") from error
        rest = self._head[source.tell() :]
        if found is None or not (final or rest):
            return
        self._header = tuple(name.strip() for name in found)
        self._head = rest
        self._check_header()

    def _check_header(self) -> None:
        line = self._delimiter.join(self._header)
        if not any(self._header):
            raise self._refused("its first line is empty", "a header comes first")
        if len(self._header) == 1:
            for other, name in OTHER_DELIMITERS.items():
                if other != self._delimiter and other in line:
                    raise self._refused(
                        f"its columns seem to be separated by {name}",
                        f"write it with commas, or say what your transform reads: --delimiter '{other}'",
                    )
        if "" in self._header:
            number = self._header.index("") + 1
            raise self._refused(f"column {number} of the header has no name", "name it or leave it out")
        if all(is_number(name) for name in self._header):
            raise self._refused("its first line has numbers alone: there is no header", "add one")
        doubled = sorted({name for name in self._header if self._header.count(name) > 1})
        if doubled:
            raise self._refused(f"the column '{doubled[0]}' stands twice in the header", "rename one of them")

    def _refused(self, what: str, remedy: str) -> SInfraError:
        return SInfraError(
            f"this is no CSV file that a run could read: {what}",
            which=str(self._path),
            next_step=f"{remedy}; or land it as it is: --no-check",
        )
