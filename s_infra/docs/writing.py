"""Files are replaced whole or not at all: first it's seen that every one can be, then each is, atomically."""

from __future__ import annotations

import os
import signal
import stat

from s_infra.docs import reading
from s_infra.errors import SInfraError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"


def read(path: str | Path) -> str | None:
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


def changed(path: str | Path, text: str) -> bytes | None:
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


def replace_all(pages: Iterable[tuple[str | Path, bytes]]) -> int:
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
        with _Undisturbed():
            for target, _ in _targets(pages):
                os.replace(_beside(target, suffix), target)  # noqa: PTH105
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
            _remove(_beside(target, suffix))
    return replaced


def _targets(pages: Iterable[tuple[str | Path, bytes]]) -> Iterator[tuple[str, bytes]]:
    """Yield the files to replace: where a page is a link, the file that it leads to, not the link."""
    for page, content in pages:
        path = os.fspath(page)
        yield os.path.realpath(path) if os.path.islink(path) else path, content  # noqa: PTH114


def _beside(target: str, suffix: str) -> str:
    folder, name = os.path.split(target)
    return os.path.join(folder, f".{name}.{suffix}")  # noqa: PTH118


def _remove(path: str) -> None:
    if os.path.lexists(path):
        os.unlink(path)  # noqa: PTH108


class _Undisturbed:
    """Lets nothing come between the first replacement and the last; a Ctrl-C meanwhile is too late."""

    def __enter__(self) -> None:
        self._before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})

    def __exit__(self, *_: object) -> None:
        if signal.SIGINT in signal.sigpending():
            signal.sigwait({signal.SIGINT})
        signal.pthread_sigmask(signal.SIG_SETMASK, self._before)


def _stage(target: str, temporary: str, content: bytes) -> None:
    try:
        mode = os.stat(target).st_mode  # noqa: PTH116
    except FileNotFoundError:
        os.makedirs(os.path.dirname(target) or ".", exist_ok=True)  # noqa: PTH103, PTH120
        _write(temporary, content)
        return
    if stat.S_ISDIR(mode):
        raise SInfraError("a folder is where a page would be; no page was changed", which=target)
    # Replacing needs no leave of the file itself, so it's asked for: a read-only page is meant to stay.
    if not (mode & 0o222 and os.access(target, os.W_OK)):
        raise SInfraError(
            "a page is read-only; no page was changed", which=target, next_step=f"chmod u+w {target}"
        )
    _write(temporary, content)
    os.chmod(temporary, stat.S_IMODE(mode))  # noqa: PTH101


def _write(path: str, content: bytes) -> None:
    with open(path, "wb", buffering=0) as stream:  # noqa: PTH123
        rest = memoryview(content)
        while rest:
            rest = rest[stream.write(rest) :]
