"""Where a Dockerfile's files end up: the image's own files as a table, kept while the Dockerfile is read."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from s_infra.errors import SInfraError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s_infra.packaging.context import Context

SYMBOLIC_MODE = re.compile(r"(?P<who>[ugoa]*)(?P<operator>[-+=])(?P<bits>[rwxX]*)")
BITS = {"r": 0o4, "w": 0o2, "x": 0o1}
SHIFTS = {"u": 6, "g": 3, "o": 0}


@dataclass(frozen=True)
class File:
    """A file of the image: absolute path in it, source in the build context, permission bits."""

    target: str
    source: str
    mode: int


@dataclass
class Layout:
    """The image's files, folders and links so far; `working_directory` is what relative paths refer to."""

    context: Context
    working_directory: str = "/"
    files: dict[str, File] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    links: dict[str, str] = field(default_factory=dict)

    def absolute(self, path: str) -> str:
        """Return `path` as an absolute, normal path in the image."""
        return "/" + posixpath.normpath(posixpath.join(self.working_directory, path)).lstrip("/")

    def add_folder(self, path: str) -> None:
        """Make a folder."""
        self.folders.add(self.absolute(path))

    def copy(self, sources: Sequence[str], destination: str, mode: int | None = None) -> None:
        """Carry out COPY: a folder's contents, or files by name or wildcard.

        Raises:
            SInfraError: a source isn't in the context, or several go to what isn't a folder.
        """
        target = self.absolute(destination)
        matches = [(source, self._matches(source)) for source in sources]
        several = len(sources) > 1 or any(len(found) > 1 for _, found in matches)
        if several and not destination.endswith("/"):
            raise SInfraError(
                "several sources go into one destination that doesn't end with /",
                which=destination,
                next_step=f"write {destination}/",
            )
        into_folder = destination.endswith(("/", "/.")) or destination == "." or self.is_folder(target)
        for _, found in matches:
            for path in found:
                if path in self.context.folders or path == ".":
                    self._copy_folder(path, target, mode)
                else:
                    name = posixpath.join(target, posixpath.basename(path)) if into_folder else target
                    self._put(name, path, mode)

    def is_folder(self, path: str) -> bool:
        """Return whether `path` is a folder that the Dockerfile has made."""
        below = path.rstrip("/") + "/"
        return path in self.folders or path == "/" or any(name.startswith(below) for name in self.files)

    def remove(self, path: str) -> None:
        """Carry out `rm -r`; wildcards are taken, and what isn't there is no error."""
        pattern = self.absolute(path)
        self.files = {name: file for name, file in self.files.items() if not _at_or_below(name, pattern)}
        self.links = {name: link for name, link in self.links.items() if not _at_or_below(name, pattern)}
        self.folders = {name for name in self.folders if not _at_or_below(name, pattern)}

    def change_mode(self, mode: str, path: str, *, recursive: bool) -> None:
        """Carry out `chmod` on files that the Dockerfile has put there.

        Raises:
            SInfraError: there is no such file, or the mode can't be read.
        """
        pattern = self.absolute(path)
        found = [
            name
            for name in self.files
            if fnmatch.fnmatchcase(name, pattern) or (recursive and _at_or_below(name, pattern))
        ]
        if not found and not self.is_folder(pattern):
            raise SInfraError(
                "chmod of a file that the Dockerfile hasn't copied",
                which=pattern,
                next_step="without a container engine only files from the build context can be changed",
            )
        for name in found:
            old = self.files[name]
            self.files[name] = File(name, old.source, changed_mode(old.mode, mode))

    def _matches(self, source: str) -> list[str]:
        pattern = posixpath.normpath(source.lstrip("/") or ".")
        if pattern == ".":
            return ["."]
        # What .dockerignore leaves out isn't among the files, so COPY can't see it either.
        known = (*self.context.files, *self.context.folders)
        exact = [path for path in known if path == pattern]
        found = exact or sorted(path for path in known if _glob(path, pattern))
        if not found:
            ignored = (self.context.directory / pattern).exists()
            why = ".dockerignore leaves out" if ignored else "is not in the build context"
            raise SInfraError(
                f"COPY of {source}, which {why}",
                which=str(self.context.directory / pattern),
                next_step="mend .dockerignore" if ignored else "put the file there or mend the Dockerfile",
            )
        return found

    def _copy_folder(self, folder: str, target: str, mode: int | None) -> None:
        self.folders.add(target)
        prefix = "" if folder == "." else folder + "/"
        for path in self.context.folders:
            if path.startswith(prefix):
                self.folders.add(posixpath.join(target, path.removeprefix(prefix)))
        for path in self.context.files:
            if path.startswith(prefix):
                self._put(posixpath.join(target, path.removeprefix(prefix)), path, mode)

    def _put(self, target: str, source: str, mode: int | None) -> None:
        if mode is None:
            executable = (self.context.directory / source).stat().st_mode & 0o111
            mode = 0o755 if executable else 0o644
        self.links.pop(target, None)
        self.files[target] = File(target, source, mode)

    def source_of(self, path: str) -> str | None:
        """Return the context file that lies at `path` in the image, or None."""
        found = self.files.get(self.absolute(path))
        return found.source if found else None


def changed_mode(old: int, change: str) -> int:
    """Return permission bits after `chmod change`, octal or symbolic (`+x`, `u=rwx,go=rx`)."""
    if re.fullmatch(r"[0-7]{3,4}", change):
        return int(change, 8) & 0o777
    new = old
    for part in change.split(","):
        match = SYMBOLIC_MODE.fullmatch(part)
        if match is None:
            raise SInfraError("chmod's mode can't be read", which=change)
        who = "ugo" if match["who"] in ("", "a") else match["who"].replace("a", "ugo")
        wanted = sum(BITS[bit.lower()] for bit in dict.fromkeys(match["bits"].lower()))
        for one in dict.fromkeys(who):
            shifted = wanted << SHIFTS[one]
            if match["operator"] == "=":
                new &= ~(0o7 << SHIFTS[one])
            new = new & ~shifted if match["operator"] == "-" else new | shifted
    return new


def _glob(path: str, pattern: str) -> bool:
    """Match as Go's filepath.Match: a wildcard doesn't cross a slash."""
    pieces, patterns = path.split("/"), pattern.split("/")
    return len(pieces) == len(patterns) and all(map(fnmatch.fnmatchcase, pieces, patterns))


def _at_or_below(name: str, pattern: str) -> bool:
    pieces, patterns = name.split("/"), pattern.rstrip("/").split("/")
    return len(pieces) >= len(patterns) and all(map(fnmatch.fnmatchcase, pieces, patterns))
