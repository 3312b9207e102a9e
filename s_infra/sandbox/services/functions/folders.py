"""Where a function's files lie: its code, its layers, and what Lambda's runtime brings (boto3 and so on)."""

from __future__ import annotations

import hashlib
import importlib.metadata
import io
import os
import shutil
import subprocess
import tempfile
import threading
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from s_infra.sandbox.services.functions.interpreters import Python

ENTRY = Path(__file__).parent / "runtime" / "entry.py"
# What a managed Python runtime has beside the standard library; all of it is Python alone, for any version.
PACKAGES = (
    *("awslambdaric", "simplejson", "snapshot-restore-py"),
    *("boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six", "urllib3"),
)


class Folders:
    """Unpacked zips below `directory`, each once, by its content."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()

    def code(self, content: bytes) -> Path:
        """Return the folder of a function's code."""
        return self._unpacked([content])

    def layers(self, contents: Sequence[bytes]) -> Path:
        """Return the folder that the layers make together; a later one goes over an earlier one."""
        return self._unpacked(contents)

    def _unpacked(self, contents: Sequence[bytes]) -> Path:
        digests = [hashlib.sha256(content).hexdigest() for content in contents]
        folder = self._directory / hashlib.sha256(" ".join(digests).encode()).hexdigest()[:32]
        with self._lock:
            if not folder.exists():
                _made_whole(folder, lambda fresh: _unpack_all(contents, fresh))
        return folder


def runtime(python: Python) -> Path:
    """Return the folder with the runtime's packages, compiled for that Python; made once for each user."""
    versions = [f"{name} {importlib.metadata.version(name)}" for name in PACKAGES]
    text = "\n".join([python.version, *versions, ENTRY.read_text()])
    key = hashlib.sha256(text.encode()).hexdigest()[:20]
    folder = platformdirs.user_cache_path("s-infra") / "functions" / key
    if not folder.exists():
        _made_whole(folder, lambda fresh: _lay_runtime(fresh, python))
    return folder


def _lay_runtime(folder: Path, python: Python) -> None:
    for name in PACKAGES:
        for path in importlib.metadata.distribution(name).files or ():
            # A program, or something compiled for one Python alone, has no place there.
            if path.parts[0] == ".." or path.suffix in (".pyc", ".so"):
                continue
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            _link_or_copy(Path(str(path.locate())), target)
    shutil.copy(ENTRY, folder / ENTRY.name)
    compiling = [python.program, "-I", "-S", "-m", "compileall", "-q", "-o", "0", str(folder)]
    subprocess.run(compiling, check=True, stdout=subprocess.DEVNULL)


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # on another file system
        shutil.copy2(source, target)


def _made_whole(folder: Path, fill: Callable[[Path], None]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".build-", dir=folder.parent) as scratch:
        fresh = Path(scratch) / "folder"
        fresh.mkdir()
        fill(fresh)
        try:
            fresh.rename(folder)
        except OSError:
            # Another process was quicker; what it made is the same.
            if not folder.exists():
                raise


def _unpack_all(contents: Sequence[bytes], folder: Path) -> None:
    for content in contents:
        _unpack(content, folder)


def _unpack(content: bytes, folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            place = Path(archive.extract(entry, folder))
            mode = entry.external_attr >> 16 & 0o777
            # A zip that was made without modes says 0; Lambda wants code that everybody can read.
            place.chmod((mode or 0o644) | (0o755 if place.is_dir() else 0o444))
