"""All that documentation is made from is read here, so that a run can tell later whether anything changed.

Nothing heavy is imported: to find that nothing changed must take no longer than Python's own start.
"""

from __future__ import annotations

import os

# hashlib is the same with OpenSSL loaded, which takes longer than hashing a module.
from _blake2 import blake2b

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

DIGITS = 32
_AT_ONCE = 1 << 18
_seen: dict[str, str] | None = None


def digest(data: bytes) -> str:
    """Return the name of some content: 32 hexadecimal digits."""
    return blake2b(data, digest_size=DIGITS // 2).hexdigest()


def note() -> None:
    """Begin to note what is read."""
    global _seen
    _seen = {}


def noted() -> dict[str, str]:
    """Return what was read since the last call, by kind and path, with its content's digest; go on noting."""
    global _seen
    found, _seen = _seen or {}, {}
    return found


def file(path: str | os.PathLike[str]) -> bytes:
    """Return a file's bytes.

    Raises:
        OSError: It can't be read; that there is none is noted, too.
    """
    name = os.fspath(path)
    try:
        data = _bytes(name)
    except FileNotFoundError:
        if _seen is not None:
            _seen["F" + name] = _NONE
        raise
    if _seen is not None:
        _seen["F" + name] = digest(data)
    return data


def is_file(path: str | os.PathLike[str]) -> bool:
    """Tell whether there is a file, and note the answer."""
    name = os.fspath(path)
    found = os.path.isfile(name)  # noqa: PTH113
    if not found and _seen is not None:
        _seen["F" + name] = _NONE
    return found


def folder(path: str | os.PathLike[str]) -> list[os.DirEntry[str]]:
    """Return a folder's entries by name.

    Raises:
        OSError: It can't be read.
    """
    name = os.fspath(path)
    with os.scandir(name) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    if _seen is not None:
        _seen["D" + name] = _names(found)
    return found


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Tell whether an entry is a folder, or a link to one; a link that leads round is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def now(thing: str) -> str:
    """Return the digest that a noted thing has now; that of nothing if it's gone."""
    try:
        if thing[0] == "F":
            return digest(_bytes(thing[1:]))
        with os.scandir(thing[1:]) as entries:
            return _names(entries)
    except OSError:
        return _NONE


def _bytes(name: str) -> bytes:
    # A file object asks the system four times as much.
    descriptor = os.open(name, os.O_RDONLY)
    try:
        data = os.read(descriptor, _AT_ONCE)
        while part := data and os.read(descriptor, _AT_ONCE):
            data += part
        return data
    finally:
        os.close(descriptor)


def _names(entries: Iterator[os.DirEntry[str]] | list[os.DirEntry[str]]) -> str:
    """Return a digest of the names, pages left out: a run writes some, and what it reads of them it notes."""
    names = [entry.name for entry in entries if not entry.name.endswith(".md")]
    return digest("\0".join(sorted(names)).encode(errors="surrogateescape"))


_NONE = digest(b"")[::-1]
