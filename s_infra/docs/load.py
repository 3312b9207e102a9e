"""Read a directory of Terraform files as a `Module`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s_infra.docs import comments, reading, syntax
from s_infra.docs.assemble import Assembly
from s_infra.docs.declarations import of_source
from s_infra.docs.settings import Settings
from s_infra.errors import SInfraError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from s_infra.docs.declarations import Declaration
    from s_infra.docs.model import Module, Value

_TEXT = {".adoc", ".md", ".txt"}
_CODE = {".tf", ".tofu"}


def load(directory: Path, settings: Settings | None = None) -> Module:
    """Read a module.

    Source: the files ending in `.tf`, `.tofu` and `.tf.json`, override files last, each kind by name.
    Raises `SInfraError` with file, line and column if one doesn't parse or a default isn't constant.
    """
    settings = settings or Settings()
    if not directory.is_dir():
        raise SInfraError("there is no such module directory", which=str(directory))
    files = module_files(directory)
    assembly = Assembly(read_comments=settings.read_comments)
    for path in files:
        data = _read(path)
        lines = data.decode(errors="replace").split("\n")
        assembly.add(path.name, lines, _declarations(path, data))
    return assembly.module(
        directory,
        header=text_of(directory, settings.header_from, "header", required=settings.header_from != "main.tf")
        if settings.shows("header")
        else "",
        footer=text_of(directory, settings.footer_from, "footer", required=True)
        if settings.footer_from and settings.shows("footer")
        else "",
        files=tuple(path.name for path in files),
        locked=_locked(directory) if settings.lockfile else {},
        values=_values(directory, settings),
    )


def module_files(directory: Path) -> list[Path]:
    """Return the files of a module in the order in which they count: a later one overrides."""
    found = [directory / entry.name for entry in reading.folder(directory) if is_module_file(entry.name)]
    return sorted(found, key=lambda path: (_is_override(path.name), path.name.encode()))


def is_module_file(name: str) -> bool:
    """Tell whether a file's name makes it part of its directory's module."""
    return name.endswith((".tf", ".tofu", ".tf.json")) and not name.startswith((".", "#"))


def text_of(directory: Path, name: str, part: str, *, required: bool) -> str:
    """Return the header or footer that a file holds: its text, or the leading comment of its code."""
    path = directory / name
    if path.suffix not in _TEXT | _CODE:
        raise SInfraError(
            f"a {part} can't be read from this kind of file",
            which=name,
            next_step="give a file that ends in .adoc, .md, .tf, .tofu or .txt",
        )
    if not reading.is_file(path):
        if not required:
            return ""
        raise SInfraError(f"there is no file to read the {part} from", which=str(path))
    text = _read(path).decode()
    return text if path.suffix in _TEXT else comments.leading(text.split("\n"))


def _declarations(path: Path, data: bytes) -> Iterable[Declaration]:
    if path.suffix == ".json":
        from s_infra.docs.declarations_json import of_json

        return of_json(str(path), data)
    return of_source(syntax.parse(str(path), data))


def _is_override(name: str) -> bool:
    stem = name.partition(".")[0]
    return stem == "override" or stem.endswith("_override")


def _read(path: Path) -> bytes:
    try:
        return reading.file(path)
    except OSError as error:
        raise SInfraError(f"can't read the file: {error.strerror}", which=str(path)) from error


def _locked(directory: Path) -> dict[str, str]:
    path = directory / ".terraform.lock.hcl"
    if not reading.is_file(path):
        return {}
    from s_infra.docs.lockfile import versions

    return versions(str(path), _read(path))


def _values(directory: Path, settings: Settings) -> dict[str, tuple[Value, bool]] | None:
    if not settings.output_values:
        return None
    from s_infra.docs.output_values import output_values

    return output_values(directory, settings.output_values_from)
