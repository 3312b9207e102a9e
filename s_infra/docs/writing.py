"""Files are replaced whole or not at all: first it's seen that every one can be, then each is, atomically."""

from __future__ import annotations

import os
import signal
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from s_infra.docs import reading
from s_infra.errors import SInfraError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"


def read(path: Path) -> str | None:
    """Return a page's text with LF line endings and without a byte order mark; None if there is no file.

    Raises:
        SInfraError: The file can't be read or isn't UTF-8.
    """
    try:
        return reading.file(path).decode("utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise SInfraError(
            f"the page is not UTF-8: byte {error.start}", which=str(path), next_step="save it as UTF-8"
        ) from error
    except OSError as error:
        raise SInfraError(f"the page can't be read: {error.strerror}", which=str(path)) from error


def in_manner_of(old: bytes | None, text: str) -> bytes:
    """Return `text` as bytes with the byte order mark, line endings and final newline that `old` has."""
    if old is None:
        return text.encode()
    kept = old.decode("utf-8-sig")
    if kept.strip():
        text = text.rstrip("\n") + ("\n" if kept.endswith("\n") else "")
    if "\r\n" in kept and kept.count("\r\n") * 2 > kept.count("\n"):
        text = text.replace("\n", "\r\n")
    return ((BOM if old.startswith(BOM.encode()) else "") + text).encode()


def changed(path: Path, text: str) -> bytes | None:
    """Return the bytes that `path` must have to hold `text`; None if it has them."""
    try:
        old: bytes | None = reading.file(path)
    except FileNotFoundError:
        old = None
    except OSError as error:
        raise SInfraError(f"the page can't be read: {error.strerror}", which=str(path)) from error
    try:
        new = in_manner_of(old, text)
    except UnicodeDecodeError as error:
        raise SInfraError(
            f"the page is not UTF-8: byte {error.start}", which=str(path), next_step="save it as UTF-8"
        ) from error
    return None if new == old else new


def replace_all(pages: Iterable[tuple[Path, bytes]]) -> int:
    """Replace files by their new bytes and return how many; if one can't be written, none is.

    Every new file is complete on the disk, beside its target, before the first one takes its place. `pages`
    is gone through several times, so it needn't be in memory. Ctrl-C is too late after the first replacement.

    Raises:
        SInfraError: A file or its folder is read-only, or the disk is full.
    """
    suffix = os.urandom(4).hex()
    replaced, done = 0, False
    try:
        for target, content in _targets(pages):
            _stage(target, _beside(target, suffix), content)
        with _undisturbed():
            for target, _ in _targets(pages):
                _beside(target, suffix).replace(target)
                replaced += 1
        done = True
    except OSError as error:
        raise SInfraError(
            f"a page can't be written: {error.strerror}; {replaced or 'no'} page was changed",
            which=error.filename and str(error.filename),
            next_step="make room, or let it be written",
        ) from error
    finally:
        for target, _ in () if done else _targets(pages):
            _beside(target, suffix).unlink(missing_ok=True)
    return replaced


def _targets(pages: Iterable[tuple[Path, bytes]]) -> Iterator[tuple[Path, bytes]]:
    """Yield the files to replace: where a page is a link, the file that it leads to, not the link."""
    for path, content in pages:
        yield path.resolve() if path.is_symlink() else path, content


def _beside(target: Path, suffix: str) -> Path:
    return target.with_name(f".{target.name}.{suffix}")


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let nothing come between the first replacement and the last; a Ctrl-C meanwhile is too late."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        if signal.SIGINT in signal.sigpending():
            signal.sigwait({signal.SIGINT})
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _stage(target: Path, temporary: Path, content: bytes) -> None:
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        return
    if stat.S_ISDIR(mode):
        raise SInfraError("a folder is where a page would be; no page was changed", which=str(target))
    # Replacing needs no leave of the file itself, so it's asked for: a read-only page is meant to stay.
    if not (mode & 0o222 and os.access(target, os.W_OK)):
        raise SInfraError(
            "a page is read-only; no page was changed", which=str(target), next_step=f"chmod u+w {target}"
        )
    temporary.write_bytes(content)
    temporary.chmod(stat.S_IMODE(mode))
