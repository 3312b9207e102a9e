"""What a page may say of inputs beyond their declaration, and the examples that a module has."""

from __future__ import annotations

import os
import re

from s_infra.docs import comments, reading
from s_infra.errors import SInfraError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from s_infra.docs.model import Module, Variable

MASKED = '"(sensitive)"'
GROUP = re.compile(r"\s*(?:#|//)\s*group:\s*(\S.*?)\s*")


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
