"""What is known from earlier uploads, in the user's cache: never believed without a sign that it still holds.

A file's checksum goes with its size, times and inode, an object's with its ETag, a begun upload with what S3
says of its parts. Without this cache nothing is uploaded wrongly; everything is read and asked again.
"""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import astuple
from typing import TYPE_CHECKING

import platformdirs

from s_infra.uploads.digests import Stat

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

TABLES = """
CREATE TABLE IF NOT EXISTS files
    (path TEXT PRIMARY KEY, size INT, modified INT, changed INT, inode INT, checksum TEXT);
CREATE TABLE IF NOT EXISTS objects (place TEXT, key TEXT, etag TEXT, checksum TEXT, PRIMARY KEY (place, key));
CREATE TABLE IF NOT EXISTS begun (place TEXT, key TEXT, upload TEXT, settings TEXT, PRIMARY KEY (place, key));
"""
LOCK_TIMEOUT_S = 30.0
# Linux keeps times in ticks of up to 10 ms: a file written twice within one may look the same.
SETTLED_NS = 50_000_000


class State:
    """The cache; `place` names a bucket at an endpoint. Used by one thread."""

    def __init__(self, connection: sqlite3.Connection, place: str) -> None:
        self._connection = connection
        self._place = place

    def files(self, folder: str) -> dict[str, tuple[Stat, str]]:
        """Return checksums of files by path, with what the files were then; those below `folder`."""
        rows = self._connection.execute(
            "SELECT * FROM files WHERE path > ? AND path < ?", (f"{folder}/", f"{folder}0")
        )
        return {
            path: (Stat(size, modified, altered, inode), checksum)
            for path, size, modified, altered, inode, checksum in rows
        }

    def objects(self, prefix: str) -> dict[str, tuple[str, str]]:
        """Return ETag and checksum of objects by key."""
        rows = self._connection.execute(
            "SELECT key, etag, checksum FROM objects WHERE place = ? AND substr(key, 1, ?) = ?",
            (self._place, len(prefix), prefix),
        )
        return {key: (etag, checksum) for key, etag, checksum in rows}

    def keep_files(self, found: Mapping[str, tuple[Stat, str]], now: int) -> None:
        """Keep checksums of files; of one that was written just now nothing is kept. `now` is in ns."""
        rows = [
            (path, *astuple(stat), checksum)
            for path, (stat, checksum) in found.items()
            if now - max(stat.modified, stat.changed) > SETTLED_NS
        ]
        with self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)", rows)

    def keep_objects(self, found: Iterable[tuple[str, str, str]]) -> None:
        """Keep (key, ETag, checksum) of objects."""
        rows = [(self._place, *one) for one in found]
        with self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?)", rows)

    def begun(self, key: str, settings: str) -> str | None:
        """Return the multipart upload that was begun for this object with these settings, or None."""
        row = self._connection.execute(
            "SELECT upload FROM begun WHERE place = ? AND key = ? AND settings = ?",
            (self._place, key, settings),
        ).fetchone()
        return None if row is None else str(row[0])

    def begin(self, key: str, settings: str, upload: str) -> None:
        """Remember a multipart upload before its first part is sent."""
        with self._connection:
            self._connection.execute(
                "INSERT OR REPLACE INTO begun VALUES (?, ?, ?, ?)", (self._place, key, upload, settings)
            )

    def end(self, key: str) -> None:
        """Forget the object's multipart upload."""
        with self._connection:
            self._connection.execute("DELETE FROM begun WHERE place = ? AND key = ?", (self._place, key))


@contextlib.contextmanager
def opened(place: str, path: Path | None = None) -> Iterator[State]:
    """Open the cache; one that can't be read is made anew."""
    path = path or platformdirs.user_cache_path("s-infra") / "uploads.sqlite"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = _connected(path)
    except sqlite3.DatabaseError:
        path.unlink(missing_ok=True)
        connection = _connected(path)
    with contextlib.closing(connection):
        yield State(connection, place)


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=LOCK_TIMEOUT_S)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        # It's a cache: a power cut may cost the last second of it.
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.executescript(TABLES)
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection
