"""hashicorp/archive: archive_file, the same bytes for the same content."""

from __future__ import annotations

import base64
import hashlib
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from s_infra.errors import SInfraError
from s_infra.sandbox.provider.declaration import DataSource
from s_infra.sandbox.provider.wire import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s_infra.sandbox.provider.cty import State
    from s_infra.sandbox.provider.session import Session

_SOURCES = ("source", "source_content", "source_dir", "source_file")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_GLOB = re.compile(r"(\*\*/|\*\*|\*|\?|\[[^\]]+\]|\{[^}]*\})")
_WILD = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


@dataclass(frozen=True)
class Entry:
    """One file of an archive; `mode` is its permissions."""

    name: str
    content: bytes
    mode: int


def _read(session: Session, config: State) -> State:
    entries = sorted(_entries(session, config), key=lambda entry: entry.name)
    if not entries:
        raise SInfraError("the archive would be empty", which=config["output_path"])
    forced = config.get("output_file_mode")
    path = session.file(config["output_path"])
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for entry in entries:
            info = zipfile.ZipInfo(entry.name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3  # Unix, whatever this machine is: the permissions below are its
            info.external_attr = (0o100000 | (int(forced, 8) if forced else entry.mode)) << 16
            archive.writestr(info, entry.content)
    return _told(path.read_bytes())


def _told(content: bytes) -> State:
    sha256, sha512 = hashlib.sha256(content), hashlib.sha512(content)
    sha1 = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    return {
        "id": sha1,
        "output_sha": sha1,
        "output_md5": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        "output_sha256": sha256.hexdigest(),
        "output_sha512": sha512.hexdigest(),
        "output_base64sha256": base64.b64encode(sha256.digest()).decode(),
        "output_base64sha512": base64.b64encode(sha512.digest()).decode(),
        "output_size": len(content),
    }


def _entries(session: Session, config: State) -> Iterator[Entry]:
    if config.get("source_dir"):
        yield from _folder(session.file(config["source_dir"]), config)
    elif config.get("source_file"):
        path = session.file(config["source_file"])
        if not path.is_file():
            raise SInfraError("source_file isn't there", which=str(path))
        yield _file(path, path.name)
    elif config.get("source_content_filename"):
        yield Entry(config["source_content_filename"], (config["source_content"] or "").encode(), 0o644)
    for block in config.get("source") or []:
        yield Entry(block["filename"], block["content"].encode(), 0o644)


def _folder(folder: Path, config: State) -> Iterator[Entry]:
    if not folder.is_dir():
        raise SInfraError("source_dir isn't there", which=str(folder))
    excludes = [_pattern(text) for text in config.get("excludes") or []]
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        parents = [parent.as_posix() for parent in Path(name).parents if parent != Path()]
        excluded = any(pattern.fullmatch(part) for pattern in excludes for part in (name, *parents))
        if path.is_file() and not excluded:
            yield _file(path, name)


def _file(path: Path, name: str) -> Entry:
    return Entry(name, path.read_bytes(), path.stat().st_mode & 0o777)


def _pattern(text: str) -> re.Pattern[str]:
    """A glob as the archive provider reads it: `*` within a folder, `**` across, [ab], {one,other}."""
    return re.compile(_expression(text.removeprefix("./").rstrip("/")))


def _expression(glob: str) -> str:
    found = ""
    for part in _GLOB.split(glob):
        if part.startswith("[") and part.endswith("]"):
            found += "[^" + part[2:] if part[1] in "!^" else part
        elif part.startswith("{") and part.endswith("}"):
            found += f"(?:{'|'.join(_expression(one) for one in part[1:-1].split(','))})"
        else:
            found += _WILD.get(part) or re.escape(part)
    return found


def _problems(config: State) -> Iterator[Problem]:
    if isinstance(config.get("type"), str) and config["type"] != "zip":
        yield Problem(
            f"s-infra sandbox: archive_file type {config['type']} isn't carried out", "Use zip.", ("type",)
        )
    if config.get("exclude_symlink_directories"):
        name = "exclude_symlink_directories"
        yield Problem(f"s-infra sandbox: archive_file {name} isn't carried out", "", (name,))
    given = [name for name in _SOURCES if config.get(name) not in (None, [])]
    if len(given) != 1:
        yield Problem("Invalid combination of arguments", f"exactly one of {', '.join(_SOURCES)}")


SOURCES = {"archive_file": DataSource(_read, _problems)}
