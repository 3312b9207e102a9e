"""What a module's code leaves its reader to guess, and what nothing uses.

A finding is meant to be mended. Where one can't be, a comment right above the block says so:
`# docs-ignore: unused`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from s_infra.docs import details, reading
from s_infra.docs.fields import fields
from s_infra.docs.load import load, module_files
from s_infra.docs.references import declared

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s_infra.docs.model import Module, Variable
    from s_infra.docs.references import Declared

USED = ("var.", "local.", "data.", "ephemeral.")
IGNORED = re.compile(r"\s*(?:#|//)\s*docs-ignore:\s*([\w\-, ]+)")


class Finding(NamedTuple):
    """One thing to mend."""

    file: str
    """The file's path, from where the directory's begins."""
    line: int
    rule: str
    """`blank-header`, `undescribed`, `undescribed-field`, `untyped` or `unused`."""
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message} ({self.rule})"


def findings(directory: Path) -> list[Finding]:
    """Return what there is to mend in a module's directory, by file and line.

    Raises:
        SInfraError: A file can't be read or doesn't parse.
    """
    module = load(directory)
    files = module_files(directory)
    ignored = {path.name: dict(_ignored(path)) for path in files}
    return sorted(
        one._replace(file=str(directory / one.file))
        for one in [*_undocumented(module, details.overview(str(directory))), *_unused(declared(files))]
        if one.rule not in ignored.get(one.file, {}).get(one.line, ())
    )


def _undocumented(module: Module, overview: str) -> Iterator[Finding]:
    if not overview:
        message = "the module doesn't say what it is: begin main.tf with a comment /** ... */"
        yield Finding("main.tf", 1, "blank-header", message)
    for one in module.inputs:
        if not one.description.strip():
            yield Finding(one.at.file, one.at.line, "undescribed", f"the input {one.name} has no description")
        yield from _undescribed_fields(one)
        if not one.type:
            yield Finding(one.at.file, one.at.line, "untyped", f"the input {one.name} has no type")
    for output in module.outputs:
        if not output.description.strip():
            message = f"the output {output.name} has no description"
            yield Finding(output.at.file, output.at.line, "undescribed", message)


def _undescribed_fields(one: Variable) -> Iterator[Finding]:
    """Yield the fields of an object that neither a comment nor the input's description tells of."""
    for field in fields(one.name, one.type):
        name = field.path.rpartition(".")[2]
        if not field.description and not re.search(rf"\b{re.escape(name)}\b", one.description):
            message = f"the field {field.path} has no comment"
            yield Finding(one.at.file, one.at.line, "undescribed-field", message)


def _unused(things: list[Declared]) -> Iterator[Finding]:
    used = {need for one in things for need in one.references if need != one.address}
    for one in things:
        if one.address.startswith(USED) and one.address not in used and not one.checks:
            yield Finding(one.at.file, one.at.line, "unused", f"nothing uses {one.address}")


def _ignored(path: Path) -> Iterator[tuple[int, set[str]]]:
    """Yield the lines for which a comment above says what isn't to be reported, with the rules."""
    rules: set[str] = set()
    for number, line in enumerate(reading.file(path).decode("utf-8-sig").splitlines(), 1):
        found = IGNORED.match(line)
        if found:
            rules |= set(found[1].replace(",", " ").split())
        elif not line.lstrip().startswith(("#", "//")):
            if rules:
                yield number, rules
            rules = set()
