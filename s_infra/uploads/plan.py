"""What an upload has to do: the folder's files, held against what lies under the prefix."""

from __future__ import annotations

import mimetypes
import os
import stat as modes
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from s_infra.errors import SInfraError
from s_infra.uploads import digests

if TYPE_CHECKING:
    from s_infra.uploads.digests import Stat

LONGEST_KEY = 1024
# The table of Python's own code: what the machine's files add would differ between two machines.
TYPES = mimetypes.MimeTypes(filenames=())
OWN_TYPES = {
    ".csv": "text/csv",
    ".jsonl": "application/jsonl",
    ".parquet": "application/vnd.apache.parquet",
    ".md": "text/markdown",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".whl": "application/zip",
}
OTHERWISE = "application/octet-stream"


@dataclass(frozen=True)
class Target:
    """A bucket and a prefix in it, empty or ending with a slash."""

    bucket: str
    prefix: str


@dataclass(frozen=True)
class Local:
    """A file and the key that it gets."""

    path: Path
    key: str
    stat: Stat

    @property
    def content_type(self) -> str:
        """By the name alone."""
        suffix = self.path.suffix.lower()
        guessed, encoding = TYPES.guess_type(self.path.name)
        if encoding is not None:
            return "application/gzip" if encoding == "gzip" else OTHERWISE
        return OWN_TYPES.get(suffix) or guessed or OTHERWISE


def target(url: str) -> Target:
    """Return bucket and prefix of `s3://bucket/prefix`.

    Raises:
        SInfraError: it isn't such an address.
    """
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment:
        raise SInfraError("this is no place in S3", which=url, next_step="write it as s3://bucket/prefix")
    prefix = parts.path.strip("/")
    return Target(parts.netloc, f"{prefix}/" if prefix else "")


def local_files(folder: Path, prefix: str) -> list[Local]:
    """Return the folder's files, sorted by key.

    Raises:
        SInfraError: there is none, or one can't be an object: no plain file, a name or size that S3 refuses.
    """
    found = []
    for root, _, names in os.walk(folder, onerror=_unreadable):
        below = Path(root).relative_to(folder).as_posix()
        start = prefix if below == "." else f"{prefix}{below}/"
        found += [_local(Path(root, name), start + name) for name in names]
    if not found:
        raise SInfraError("there is nothing to upload: the folder has no files", which=str(folder))
    return sorted(found, key=lambda one: one.key)


def _local(path: Path, key: str) -> Local:
    try:
        length = len(key.encode())
    except UnicodeEncodeError as error:
        raise SInfraError(
            "the file's name isn't UTF-8", which=repr(str(path)), next_step="rename it"
        ) from error
    if length > LONGEST_KEY:
        raise SInfraError(
            f"the key would have {length} bytes, and S3 takes {LONGEST_KEY}",
            which=str(path),
            next_step="shorten the file's path or the prefix",
        )
    try:
        given = path.stat()
        found = digests.Stat.of(given)
    except OSError as error:
        raise SInfraError(f"a file can't be read: {error.strerror}", which=str(path)) from error
    if not modes.S_ISREG(given.st_mode):
        raise SInfraError("only files can be uploaded, and this is none", which=str(path))
    if found.size > digests.LARGEST:
        raise SInfraError("the file is larger than the 5 TiB that an object may have", which=str(path))
    return Local(path, key, found)


def _unreadable(error: OSError) -> None:
    raise SInfraError(f"a folder can't be read: {error.strerror}", which=str(error.filename)) from error
