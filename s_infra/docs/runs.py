"""Many pages in one go: all that went wrong is told, and nothing written unless every page is there."""

from __future__ import annotations

import marshal
import os
from functools import lru_cache, partial

from s_infra.docs import reading, workers, writing
from s_infra.docs.records import NamedTuple
from s_infra.errors import SInfraError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import IO, Any

    from s_infra.docs.receipts import Receipt

    Stale = Callable[[str, list[str]], None]

DIFF_LINES = 12


class Page(NamedTuple):
    """A page as it shall be."""

    path: str
    text: str
    of: str
    """The module's folder, or what else the page is of."""
    summary: str = ""
    """What an index says of it."""


class Outcome(NamedTuple):
    """How many pages there are, and how many of them are new, or would be."""

    pages: int
    changed: int


class Spool:
    """Pages that wait on the disk until every one is there; however many, they take no memory."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._pages = 0

    def add(self, path: str, new: bytes) -> None:
        """Add a page's new bytes."""
        marshal.dump((path, new), self._stream)
        self._pages += 1

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        self._stream.seek(0)
        for _ in range(self._pages):
            yield marshal.load(self._stream)  # noqa: S302 - a file without a name, that `add` wrote


def write(
    modules: Sequence[str],
    page_of: Callable[[str], Page],
    receipt: Receipt,
    *,
    then: Callable[[list[tuple[str, str]]], Iterable[Page]] | None = None,
    stale: Stale | None = None,
) -> Outcome:
    """Make every module's page, then those that `then` makes of the summaries; write what has changed.

    With `stale` nothing is written: it's called for each page that would be, with a diff's first lines.

    Raises:
        SInfraError: Of one module or more there can be no page, or a page can't be written; none was.
    """
    try:
        with _nameless() as stream:
            spool = Spool(stream)
            run = _Run(modules, receipt, spool, stale)
            work = partial(_made, page_of=page_of, check=stale is not None)
            summaries = [run.take(result) for result in workers.each(modules, work)]
            run.fail_if_any_did()
            for page in then(list(zip(modules, summaries, strict=True))) if then else ():
                run.take(_compared(page, check=stale is not None))
            run.fail_if_any_did()
            if stale is None and run.changed:
                writing.replace_all(spool)
    except KeyboardInterrupt as interrupt:
        raise SInfraError("interrupted; no page was changed") from interrupt
    return Outcome(run.pages, run.changed)


def _nameless() -> IO[bytes]:
    """Return a file without a name, for as long as it's open."""
    folder = os.environ.get("TMPDIR") or "/tmp"  # noqa: S108
    try:
        nameless = os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o600)
        return os.fdopen(nameless, "w+b")
    except (AttributeError, OSError):
        import tempfile  # takes its time to be imported, and isn't needed where the system has such files

        return tempfile.TemporaryFile()


class _Run:
    """What has come so far."""

    def __init__(self, modules: Sequence[str], receipt: Receipt, spool: Spool, stale: Stale | None) -> None:
        self._modules = modules
        self._receipt = receipt
        self._spool = spool
        self._stale = stale
        self._written: dict[int, int] = {}  # modules' numbers by their files' hashes: paths take memory
        self._errors: list[SInfraError] = []
        self.pages = 0
        self.changed = 0

    def take(self, result: dict[str, Any]) -> str:
        """Take one result and return its summary."""
        self._receipt.add(result["seen"])
        self.pages += 1
        if "error" in result:
            what, which, next_step = result["error"]
            self._errors.append(SInfraError(what, which=which, next_step=next_step))
            return ""
        number = self.pages - 1
        other = self._written.setdefault(hash(result["file"]), number)
        if other != number:
            self._errors.append(
                SInfraError(
                    f"two pages would go into one file: {self._modules[other]}'s and {result['of']}'s",
                    which=result["path"],
                    next_step="give each a file of its own",
                )
            )
        if result["new"] is not None:
            self.changed += 1
            self._spool.add(result["file"], result["new"])
            if self._stale:
                self._stale(result["path"], result["diff"])
        summary: str = result["summary"]
        return summary

    def fail_if_any_did(self) -> None:
        """Raise what went wrong so far, all in one."""
        if len(self._errors) == 1:
            raise self._errors[0]
        if self._errors:
            told = "\n".join(map(str, self._errors))
            raise SInfraError(f"{len(self._errors)} pages can't be made, and none was written\n{told}")


def _made(module: str, page_of: Callable[[str], Page], *, check: bool) -> dict[str, Any]:
    """Return a module's page as a result, or what went wrong with it."""
    try:
        return _compared(page_of(module), check=check)
    except SInfraError as error:
        return {"error": [error.what, error.which, error.next_step], "seen": reading.noted()}


def _compared(page: Page, *, check: bool) -> dict[str, Any]:
    """Return the page with its new text, None if it has it, and what was read for it."""
    new = writing.changed(page.path, page.text)
    diff = _diff(page.path, new.decode()) if check and new is not None else []
    seen = reading.noted()
    if new is not None:
        seen["F" + page.path] = reading.digest(new)
    return {
        "path": page.path,
        "file": _real(page.path),
        "of": page.of,
        "summary": page.summary,
        "new": new,
        "diff": diff,
        "seen": seen,
    }


def _real(path: str) -> str:
    """Return where a file is, its folder's links and its own followed."""
    folder, name = os.path.split(os.path.abspath(path))  # noqa: PTH100
    real = os.path.join(_real_folder(folder), name)  # noqa: PTH118
    return os.path.realpath(real) if os.path.islink(real) else real  # noqa: PTH114


@lru_cache(maxsize=64)
def _real_folder(folder: str) -> str:
    return os.path.realpath(folder)


def _diff(path: str, new: str) -> list[str]:
    """Return the first lines of what a run would change."""
    import difflib  # only a stale page needs it

    old = (writing.read(path) or "").splitlines()
    lines = difflib.unified_diff(old, new.splitlines(), "as it is", "as it would be", n=1, lineterm="")
    found = [line for _, line in zip(range(DIFF_LINES + 1), lines, strict=False)]
    return [*found[:DIFF_LINES], "..."] if len(found) > DIFF_LINES else found
