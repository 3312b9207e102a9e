"""A module's page in this repository's form: all that is known of it, by the template `module.md.j2`."""

from __future__ import annotations

import json
import os
import posixpath
from typing import TYPE_CHECKING, Any, NamedTuple

from s_infra.docs import details, graph, machines, reading
from s_infra.docs.examples import examples
from s_infra.docs.fields import fields
from s_infra.docs.load import is_module_file, load, module_files
from s_infra.docs.references import declared
from s_infra.docs.repository import LEFT_OUT, titled
from s_infra.docs.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from s_infra.docs.fields import Field
    from s_infra.docs.model import Validation, Variable
    from s_infra.docs.repository import Repository

# A default of more lines is folded, and an example of more.
FOLDED_LINES = 8
FOLDED_EXAMPLE_LINES = 40


class Input(NamedTuple):
    """An input with all that a caller may want to know."""

    name: str
    type: str
    description: str
    default_text: str | None
    sensitive: bool
    validations: tuple[Validation, ...]
    fields: tuple[Field, ...]
    folded: bool
    """Whether the default is too long to stand in the way."""


class Machine(NamedTuple):
    """A state machine that the module makes."""

    path: str
    """From the module's folder."""
    comment: str
    drawing: str


def about(directory: Path, root: str, repository: Repository) -> dict[str, Any]:
    """Return what the template is given for the module in `directory`, which is under `root`.

    Raises:
        SInfraError: Something of the module can't be read.
    """
    module = load(directory, Settings())
    files = module_files(directory)
    path = os.path.relpath(directory)
    inside = os.path.relpath(directory, root)
    inputs = [_input(one) for one in map(details.masked, module.inputs)]
    groups = details.groups(module)
    usage = os.path.join(directory, "USAGE.md")  # noqa: PTH118
    return {
        "module": module,
        "parent": repository.title(root),
        "title": repository.title(root) if inside == "." else titled(inside),
        "source": repository.source(path),
        "link": repository.link(path) if repository.url else ".",
        "overview": details.overview(str(directory)),
        "required": _grouped([one for one in inputs if one.default_text is None], groups),
        "optional": _grouped([one for one in inputs if one.default_text is not None], groups),
        "graph": graph.drawing(declared(files)),
        "machines": _machines(directory),
        "usage": details.text_of(usage).strip() if reading.is_file(usage) else "",
        "examples": examples(str(directory)),
        "files": [
            (name, repository.link(posixpath.normpath(f"{path}/{name}")) if repository.url else name)
            for name in sorted(module.files)
        ],
        "folded_example_lines": FOLDED_EXAMPLE_LINES,
    }


def summary(overview: str) -> str:
    """Return an overview's first paragraph in one line, for an index."""
    return " ".join(overview.partition("\n\n")[0].split())


def _input(one: Variable) -> Input:
    return Input(
        name=one.name,
        type=one.type,
        description=details.without_group(one.description).strip(),
        default_text=one.default_text,
        sensitive=one.sensitive,
        validations=one.validations,
        fields=fields(one.name, one.type),
        folded=(one.default_text or "").count("\n") >= FOLDED_LINES,
    )


def _grouped(inputs: list[Input], groups: dict[str, str]) -> list[tuple[str, list[Input]]]:
    """Return the inputs by group: those of none first, then the groups in the order of their first input."""
    found: dict[str, list[Input]] = {"": []}
    for one in inputs:
        found.setdefault(groups.get(one.name, ""), []).append(one)
    return [(group, members) for group, members in found.items() if members]


def _machines(directory: Path) -> list[Machine]:
    """Return the state machines in the module's folder, and in folders of it that are no modules, by path."""
    found: list[Machine] = []
    waiting = [str(directory)]
    while waiting:
        folder = waiting.pop(0)
        entries = reading.folder(folder)
        if folder != str(directory) and any(is_module_file(entry.name) for entry in entries):
            continue
        for entry in entries:
            if entry.name.endswith(".asl.json") and not reading.is_folder(entry):
                text = details.text_of(entry.path)
                drawing = machines.drawing(text, entry.path)
                found.append(Machine(os.path.relpath(entry.path, directory), _comment(text), drawing))
            elif (
                entry.is_dir(follow_symlinks=False)
                and not entry.name.startswith(".")
                and entry.name not in LEFT_OUT
            ):
                waiting.append(entry.path)
    return found


def _comment(text: str) -> str:
    try:
        return str(json.loads(text).get("Comment", ""))
    except ValueError:
        return ""
