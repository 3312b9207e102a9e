"""A container's build context: the files that Docker would see; packed, the same source is the same bytes."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from s_infra.errors import SInfraError
from s_infra.packaging import dockerignore
from s_infra.tar import tarfile

DOCKERFILE = "Dockerfile"
IGNORE_FILE = ".dockerignore"
# Docker sends these to the builder whatever the ignore file says; COPY then doesn't see them.
ALWAYS_SENT = frozenset({DOCKERFILE, IGNORE_FILE})


@dataclass(frozen=True)
class Context:
    """A folder with a Dockerfile; `files`, `folders`: relative POSIX paths, sorted, without ignored ones."""

    directory: Path
    files: tuple[str, ...]
    folders: tuple[str, ...]

    def read(self, path: str) -> str:
        """Return the text of one file.

        Raises:
            SInfraError: it isn't UTF-8.
        """
        try:
            return (self.directory / path).read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise SInfraError(
                f"{path} is not UTF-8 text: {error}",
                which=str(self.directory / path),
                next_step="save it as UTF-8",
            ) from error

    def dockerfile(self) -> str:
        """Return the Dockerfile's text."""
        return self.read(DOCKERFILE)


@dataclass(frozen=True)
class Packed:
    """A context as a tar.gz, and the sha256 of its bytes."""

    data: bytes
    digest: str


def read(directory: Path) -> Context:
    """Read the build context in `directory`.

    Raises:
        SInfraError: there is no such folder or no Dockerfile in it, or a file can't be part of a context.
    """
    if not directory.is_dir():
        raise SInfraError("the build context is not a folder", which=str(directory))
    if not (directory / DOCKERFILE).is_file():
        raise SInfraError(
            "there is no Dockerfile",
            which=str(directory),
            next_step="give the folder that holds the Dockerfile",
        )
    ignore_file = directory / IGNORE_FILE
    rules = dockerignore.parse(ignore_file.read_text(encoding="utf-8-sig")) if ignore_file.is_file() else ()
    files, folders = [], []
    for path in _walk(directory):
        relative = path.relative_to(directory).as_posix()
        if dockerignore.ignores(rules, relative):
            continue
        if path.is_dir() and not path.is_symlink():
            folders.append(relative)
        else:
            _check(path, directory)
            files.append(relative)
    return Context(directory, tuple(sorted(files)), tuple(sorted(folders)))


def pack(context: Context) -> Packed:
    """Return the context as a tar.gz without times, owners or the machine's umask in it."""
    paths = sorted({*context.files, *context.folders, *_sent(context.directory)})
    raw = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=9, filename="", mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for relative in paths:
            _add(archive, context.directory / relative, relative)
    data = raw.getvalue()
    return Packed(data, f"sha256:{hashlib.sha256(data).hexdigest()}")


def unpack(data: bytes, directory: Path) -> Context:
    """Lay a packed context out in `directory` (made if missing) and read it."""
    directory.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        archive.extractall(directory, filter="data")
    return read(directory)


def _walk(directory: Path) -> list[Path]:
    found = []
    for root, folders, files in os.walk(directory):
        found += [Path(root, name) for name in (*folders, *files)]
    return found


def _sent(directory: Path) -> set[str]:
    return {name for name in ALWAYS_SENT if (directory / name).is_file()}


def _check(path: Path, directory: Path) -> None:
    mode = path.lstat().st_mode
    if stat.S_ISREG(mode):
        return
    if not stat.S_ISLNK(mode):
        raise SInfraError("a build context holds files, folders and links only", which=str(path))
    target = path.readlink()
    inside = PurePosixPath(os.path.normpath(path.parent / target)).is_relative_to(os.path.normpath(directory))
    if target.is_absolute() or not inside:
        raise SInfraError(
            f"a link in the build context leads out of it, to {target}",
            which=str(path),
            next_step="copy the file in, or name the link in .dockerignore",
        )


def _add(archive: tarfile.TarFile, path: Path, relative: str) -> None:
    entry = tarfile.TarInfo(relative)
    mode = path.lstat().st_mode
    entry.mode = 0o755 if stat.S_ISDIR(mode) or mode & 0o111 else 0o644
    if stat.S_ISDIR(mode):
        entry.type = tarfile.DIRTYPE
        archive.addfile(entry)
    elif stat.S_ISLNK(mode):
        entry.type, entry.mode, entry.linkname = tarfile.SYMTYPE, 0o777, path.readlink().as_posix()
        archive.addfile(entry)
    else:
        entry.size = path.stat().st_size
        with path.open("rb") as file:
            archive.addfile(entry, file)
