"""Read a directory of Terraform files as a `Module`."""

from __future__ import annotations

import os

from s_infra.docs import comments, reading, syntax
from s_infra.docs.assemble import Assembly
from s_infra.docs.declarations import of_source
from s_infra.docs.settings import Settings
from s_infra.errors import SInfraError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from s_infra.docs.declarations import Declaration
    from s_infra.docs.model import Module, Value

_TEXT = (".adoc", ".md", ".txt")
_CODE = (".tf", ".tofu")


def load(directory: str | Path, settings: Settings | None = None) -> Module:
    """Read a module.

    Source: the files ending in `.tf`, `.tofu` and `.tf.json`, override files last, each kind by name.
    Raises `SInfraError` with file, line and column if one doesn't parse or a default isn't constant.
    """
    settings = settings or Settings()
    folder = os.fspath(directory)
    if not os.path.isdir(folder):  # noqa: PTH112
        raise SInfraError("there is no such module directory", which=folder)
    names = _names(folder)
    assembly = Assembly(read_comments=settings.read_comments)
    for name in names:
        path = os.path.join(folder, name)  # noqa: PTH118
        data = _read(path)
        lines = data.decode(errors="replace").split("\n")
        assembly.add(name, lines, _declarations(path, data))
    own = settings.header_from == "main.tf"
    return assembly.module(
        folder,
        header=_around(folder, settings.header_from, "header", required=not own)
        if settings.shows("header")
        else "",
        footer=_around(folder, settings.footer_from, "footer", required=True)
        if settings.footer_from and settings.shows("footer")
        else "",
        files=tuple(names),
        locked=_locked(folder) if settings.lockfile else {},
        values=_values(folder, settings),
    )


def module_files(directory: Path) -> list[Path]:
    """Return the files of a module in the order in which they count: a later one overrides."""
    return [directory / name for name in _names(os.fspath(directory))]


def is_module_file(name: str) -> bool:
    """Tell whether a file's name makes it part of its directory's module."""
    return name.endswith((".tf", ".tofu", ".tf.json")) and not name.startswith((".", "#"))


def _names(folder: str) -> list[str]:
    found = [
        entry.name
        for entry in reading.folder(folder)
        if is_module_file(entry.name) and not reading.is_folder(entry)
    ]
    return sorted(found, key=lambda name: (_is_override(name), name.encode(errors="surrogateescape")))


def _around(folder: str, name: str, part: str, *, required: bool) -> str:
    """Return the header or footer that a file holds: its text, or the leading comment of its code."""
    if not name.endswith(_TEXT + _CODE):
        raise SInfraError(
            f"a {part} can't be read from this kind of file",
            which=name,
            next_step="give a file that ends in .adoc, .md, .tf, .tofu or .txt",
        )
    path = os.path.join(folder, name)  # noqa: PTH118
    if not reading.is_file(path):
        if not required:
            return ""
        raise SInfraError(f"there is no file to read the {part} from", which=path)
    try:
        text = _read(path).removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError as error:
        raise SInfraError(
            f"the {part} is not UTF-8: byte {error.start}", which=path, next_step="save it as UTF-8"
        ) from error
    return text if name.endswith(_TEXT) else comments.leading(text.split("\n"))


def _declarations(path: str, data: bytes) -> Iterable[Declaration]:
    if path.endswith(".json"):
        from s_infra.docs.declarations_json import of_json

        return of_json(path, data)
    return of_source(syntax.parse(path, data))


def _is_override(name: str) -> bool:
    stem = name.partition(".")[0]
    return stem == "override" or stem.endswith("_override")


def _read(path: str) -> bytes:
    try:
        return reading.file(path)
    except OSError as error:
        raise SInfraError(f"can't read the file: {error.strerror}", which=path) from error


def _locked(folder: str) -> dict[str, str]:
    path = os.path.join(folder, ".terraform.lock.hcl")  # noqa: PTH118
    if not reading.is_file(path):
        return {}
    from s_infra.docs.lockfile import versions

    return versions(path, _read(path))


def _values(folder: str, settings: Settings) -> dict[str, tuple[Value, bool]] | None:
    if not settings.output_values:
        return None
    from s_infra.docs.output_values import output_values

    return output_values(folder, settings.output_values_from)
