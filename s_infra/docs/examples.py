"""The examples that a module has, and how they stand on its page."""

from __future__ import annotations

import os

from s_infra.docs import reading
from s_infra.docs.code_marks import fenced
from s_infra.docs.details import text_of
from s_infra.docs.load import is_module_file
from s_infra.docs.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Example(NamedTuple):
    """One folder of a module's `examples`."""

    name: str
    files: tuple[tuple[str, str], ...]
    """Names and texts of its module's files."""


def shown(directory: str, marks: str) -> Iterator[str]:
    """Yield the headings and files of a module's examples in Markdown; `marks` are those of its titles."""
    found = examples(directory)
    if found:
        yield f"{marks} Examples"
    for example in found:
        yield f"{marks}# {example.name}"
        for name, text in example.files:
            if len(example.files) > 1:
                yield f"`{name}`:"
            yield fenced(text.rstrip("\n"), "json" if name.endswith(".json") else "hcl")


def examples(directory: str) -> list[Example]:
    """Return the examples under a module's `examples`, by name: of each its main.tf, or all if it has none.

    Raises:
        SInfraError: A file can't be read or is not UTF-8.
    """
    folder = os.path.join(directory, "examples")  # noqa: PTH118
    try:
        entries = reading.folder(folder)
    except OSError:
        return []
    found = [Example(one.name, tuple(_files(one.path))) for one in entries if reading.is_folder(one)]
    return [example for example in found if example.files]


def _files(folder: str) -> Iterator[tuple[str, str]]:
    found = [one for one in reading.folder(folder) if is_module_file(one.name) and not reading.is_folder(one)]
    for entry in [one for one in found if one.name == "main.tf"] or found:
        yield entry.name, text_of(entry.path)
