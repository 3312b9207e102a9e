"""The golden pages of tests/data/docs: what terraform-docs 0.24.0 prints for our own modules.

`python tests/support/docs_golden.py` makes them anew with the terraform-docs on the PATH.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

VERSION = "v0.24.0"
DATA = Path(__file__).parent.parent / "data/docs"
MODULES = DATA / "modules"
GOLDEN = DATA / "golden"
FORMATS = (
    "asciidoc-document",
    "asciidoc-table",
    "json",
    "markdown-document",
    "markdown-table",
    "pretty",
    "tfvars-hcl",
    "tfvars-json",
    "toml",
    "xml",
    "yaml",
)
# Where terraform-docs prints no page: TOML has no null in a list, and XML panics at a null in a map.
NONE = {("mixed", "toml"), ("values", "xml")}
VALUES = ("--output-values", "--output-values-from", "tests/data/docs/modules/values/outputs.json")
OPTIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("plain", "markdown-table", ("--anchor=false", "--indent=3", "--atx-closed")),
    ("plain", "markdown-table", ("--sort=false",)),
    ("plain", "markdown-document", ("--sort-by=required", "--type=false")),
    ("plain", "asciidoc-table", ("--sort-by=type", "--default=false")),
    ("plain", "asciidoc-document", ("--required=false", "--hide=resources,header")),
    ("plain", "markdown-table", ("--show=data-sources,inputs", "--required=false")),
    ("plain", "json", ("--show=inputs", "--escape=false", "--read-comments=false")),
    ("plain", "pretty", ("--color=false", "--hide=inputs", "--footer-from=footer.md")),
    ("plain", "markdown-document", ("--footer-from=footer.md", "--show=footer,outputs")),
    ("plain", "tfvars-hcl", ("--description",)),
    ("texts", "markdown-table", ("--html=false",)),
    ("texts", "markdown-document", ("--escape=false",)),
    ("empty", "markdown-document", ("--hide-empty",)),
    ("empty", "markdown-table", ("--header-from=header.md",)),
    ("locked", "markdown-table", ("--lockfile=false",)),
    ("values", "markdown-table", VALUES),
    ("values", "asciidoc-table", VALUES),
    ("values", "asciidoc-document", VALUES),
    ("values", "toml", VALUES),
    ("values", "yaml", (*VALUES, "--show=outputs")),
)


class Case(NamedTuple):
    """A module, a format and options, and where the page that they give lies."""

    module: str
    format: str
    options: tuple[str, ...]
    path: Path

    @property
    def name(self) -> str:
        """What a test is called by."""
        return str(self.path.relative_to(GOLDEN))

    @property
    def arguments(self) -> list[str]:
        """The options and the module's directory, from the repository's folder."""
        return [*self.options, f"tests/data/docs/modules/{self.module}"]


def cases() -> list[Case]:
    """Return all cases."""
    found = [
        Case(module.name, name, (), GOLDEN / module.name / name)
        for module in sorted(MODULES.iterdir())
        for name in FORMATS
        if (module.name, name) not in NONE
    ]
    for number, (module, name, options) in enumerate(OPTIONS):
        found.append(Case(module, name, options, GOLDEN / "options" / f"{number:02}-{name}"))
    return found


def tool() -> str | None:
    """Return the terraform-docs on the PATH if it is the version that the pages are of."""
    path = shutil.which("terraform-docs")
    if path is None:
        return None
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    return path if VERSION in said.split() else None


def printed(path: str, case: Case) -> bytes:
    """Return what terraform-docs prints."""
    words = case.format.split("-") if case.format != "json" else ["json"]
    done = subprocess.run(
        [path, *words, *case.arguments], capture_output=True, check=True, cwd=DATA.parent.parent.parent
    )
    return done.stdout


def main() -> None:
    """Make all pages anew."""
    path = tool()
    if path is None:
        sys.exit(f"terraform-docs {VERSION} is not on the PATH")
    shutil.rmtree(GOLDEN, ignore_errors=True)
    for case in cases():
        case.path.parent.mkdir(parents=True, exist_ok=True)
        case.path.write_bytes(printed(path, case))


if __name__ == "__main__":
    main()
