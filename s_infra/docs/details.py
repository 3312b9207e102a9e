"""What a page may say of inputs beyond their declaration, and the examples that a module has."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from s_infra.docs import comments, reading
from s_infra.docs.load import is_module_file
from s_infra.docs.records import NamedTuple
from s_infra.errors import SInfraError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s_infra.docs.model import Module, Variable

MASKED = '"(sensitive)"'
GROUP = re.compile(r"\s*(?:#|//)\s*group:\s*(\S.*?)\s*")


class Example(NamedTuple):
    """One folder of a module's `examples`."""

    name: str
    files: tuple[tuple[str, str], ...]
    """Names and texts of its module's files."""


def overview(directory: str) -> str:
    """Return what the module says of itself: the comment at the beginning of its main.tf."""
    path = os.path.join(directory, "main.tf")  # noqa: PTH118
    return comments.leading(text_of(path).split("\n")).strip() if reading.is_file(path) else ""


def groups(module: Module) -> dict[str, str]:
    """Return the group of each input that is in one.

    A line `# group: Training jobs` in a file puts the inputs after it in that group, up to the next such line
    or the file's end; `# group: -` ends one.
    """
    lines: dict[str, list[tuple[int, str]]] = {}
    for file in {one.at.file for one in module.inputs if not one.at.file.endswith(".json")}:
        text = reading.file(os.path.join(module.path, file)).decode("utf-8-sig")  # noqa: PTH118
        found = ((number, GROUP.fullmatch(line)) for number, line in enumerate(text.splitlines(), 1))
        lines[file] = [(number, match[1]) for number, match in found if match]
    of_inputs = {
        one.name: next(
            (name for number, name in reversed(lines.get(one.at.file, [])) if number < one.at.line), "-"
        )
        for one in module.inputs
    }
    return {name: group for name, group in of_inputs.items() if group != "-"}


def without_group(description: str) -> str:
    """Return a description that was taken from the comment above, without the line that names a group."""
    return re.sub(r"^group: .*$", "", description)


def masked(one: Variable) -> Variable:
    """Return the input with a sensitive default made unreadable; `null` says nothing and stays."""
    if one.sensitive and one.default_text not in {None, "null"}:
        return one._replace(default_text=MASKED, default="(sensitive)")
    return one


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


def text_of(path: str) -> str:
    """Return a file's text, with LF line endings and without a byte order mark.

    Raises:
        SInfraError: It can't be read or is not UTF-8.
    """
    try:
        return reading.file(path).decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        raise SInfraError(f"can't read the file: {error.strerror}", which=path) from error
    except UnicodeDecodeError as error:
        raise SInfraError(
            f"the file is not UTF-8: byte {error.start}", which=path, next_step="save it as UTF-8"
        ) from error
