"""What a run read and what it said, kept so that the same run over the same contents only has to look.

A receipt lies in the user's cache folder, named by a digest of the command's arguments, the folder,
settings in the environment and this program's own files. It names everything that was read with the digest of
its content; what was found missing, too. One that is damaged, or can't be kept, costs time and nothing else.
"""

from __future__ import annotations

import os
import sys
import time
from _blake2 import blake2b

from s_infra.docs import reading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

KEPT_SECONDS = 30 * 24 * 3600
SETTINGS = ("HOME", "NO_COLOR", "S_INFRA_DOCS_JOBS")
PROGRAM = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120


_arguments: list[str] | None = None


def begin(arguments: list[str]) -> bool:
    """Begin a run by its arguments: say what it said before if that holds, else note what it reads.

    Return whether there is nothing left to do.
    """
    global _arguments
    if replay(arguments):
        return True
    _arguments = arguments
    reading.note()
    return False


def path_of(arguments: list[str]) -> str:
    """Return where the receipt of such a run lies, in this folder and with this program."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111
    said = [sys.version, os.getcwd(), *(os.environ.get(name, "") for name in SETTINGS), *arguments]  # noqa: PTH109
    for folder in ("docs", "docs/formats", "docs/templates", "cli"):
        try:
            with os.scandir(f"{PROGRAM}/{folder}") as entries:
                for entry in sorted(entries, key=lambda entry: entry.name):
                    status = entry.stat()
                    said.append(
                        f"{entry.name} {status.st_size} {status.st_mtime_ns if entry.is_file() else 0}"
                    )
        except OSError:
            continue
    name = reading.digest("\0".join(said).encode(errors="surrogateescape"))
    return f"{base}/s-infra/docs/{name}"


def replay(arguments: list[str]) -> bool:
    """Say what such a run said before, if nothing that it read has changed; tell whether that was so."""
    try:
        with open(path_of(arguments), "rb") as stream:  # noqa: PTH123
            found = _said(stream)
    except (OSError, ValueError):
        return False
    if found is None:
        return False
    for text, to in zip(found, (sys.stdout, sys.stderr), strict=True):
        if text:
            to.flush()
            to.buffer.write(text)
            to.flush()
    return True


def _said(stream: BinaryIO) -> tuple[bytes, bytes] | None:
    total = blake2b(digest_size=reading.DIGITS // 2)
    for line in stream:
        if line.startswith(b"= "):
            _, digest, size = line.split()
            rest = stream.read()
            total.update(size + rest)
            if digest != total.hexdigest().encode():
                return None
            return rest[: int(size)], rest[int(size) :]
        digest, _, thing = line[:-1].partition(b" ")
        if not thing or reading.now(os.fsdecode(thing)) != digest.decode():
            return None
        total.update(line)
    return None


class Receipt:
    """The receipt of the run that was begun, in the making; it takes no memory, however much is read."""

    def __init__(self) -> None:
        self._total = blake2b(digest_size=reading.DIGITS // 2)
        self._stream: BinaryIO | None = None
        if _arguments is None:
            return
        self._path = path_of(_arguments)
        try:
            os.makedirs(os.path.dirname(self._path), exist_ok=True)  # noqa: PTH103, PTH120
            self._stream = open(f"{self._path}.{os.getpid()}", "wb")  # noqa: PTH123, SIM115
        except OSError:
            return

    def add(self, seen: dict[str, str]) -> None:
        """Add what was read, with its digests."""
        for thing, digest in seen.items():
            line = os.fsencode(f"{digest} {thing}\n")
            if line.count(b"\n") > 1:
                self.drop()
            self._write(line)
            self._total.update(line)

    def keep(self, said: str = "", told: str = "") -> None:
        """Keep it: the same run will say `said` on stdout and `told` on stderr, if nothing changes."""
        size = len(said.encode())
        self._total.update(f"{size}{said}{told}".encode())
        self._write(f"= {self._total.hexdigest()} {size}\n{said}{told}".encode())
        if self._stream is None:
            return
        try:
            self._stream.close()
            os.replace(self._stream.name, self._path)  # noqa: PTH105
            self._stream = None
            _forget_old(os.path.dirname(self._path))  # noqa: PTH120
        except OSError:
            self.drop()

    def drop(self) -> None:
        """Keep nothing of this run."""
        stream, self._stream = self._stream, None
        if stream is not None:
            try:
                stream.close()
            finally:
                os.unlink(stream.name)  # noqa: PTH108

    def _write(self, data: bytes) -> None:
        if self._stream is None:
            return
        try:
            self._stream.write(data)
        except OSError:
            self.drop()


def _forget_old(folder: str) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.stat().st_mtime < time.time() - KEPT_SECONDS:
                os.unlink(entry.path)  # noqa: PTH108
