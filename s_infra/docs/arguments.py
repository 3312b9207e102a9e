"""The options of `s-infra docs render`, named as terraform-docs names them, read without a library."""

from __future__ import annotations

from s_infra.docs.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Option: TypeAlias = bool | int | str | tuple[str, ...]


class Given(NamedTuple):
    """What a command line says: positional arguments, and options by the names of fields."""

    words: list[str]
    options: dict[str, Option]


OPTIONS: dict[str, tuple[Option, str]] = {
    "align": (False, "Align the columns of tables (markdown-table)."),
    "anchor": (True, "Make names targets and links."),
    "atx-closed": (False, "End Markdown headings with their marks, too."),
    "color": (True, "Colours (pretty)."),
    "config": (".terraform-docs.yml", "The settings' file; looked for as terraform-docs does."),
    "default": (True, "Show defaults."),
    "description": (False, "Show descriptions (tfvars-hcl)."),
    "escape": (True, "Escape special characters."),
    "examples": (False, "Embed the modules under examples (Markdown)."),
    "fields": (False, "Show the fields of objects as rows with their comments and optional() defaults."),
    "fold": (0, "Fold defaults of more lines than this (Markdown); 0 folds none."),
    "footer-from": ("", "A file to take the footer from."),
    "groups": (False, "Show inputs by the groups that comments `# group: NAME` make."),
    "header-from": ("main.tf", "A file to take the header from."),
    "hide": ((), "A section to leave out; may be given several times, or with commas."),
    "hide-empty": (False, "Leave out what is empty."),
    "html": (True, "HTML in Markdown."),
    "indent": (2, "The level of headings, 1 to 5."),
    "lockfile": (True, "Take providers' versions from .terraform.lock.hcl."),
    "mask-sensitive": (False, "Mask the defaults of sensitive inputs."),
    "out": ("", "The folder for a file per module; with --recursive."),
    "output-check": (False, "Write nothing; fail if --output-file is out of date."),
    "output-file": ("", "A file, seen from the module, to write into."),
    "output-mode": ("inject", "inject (between markers) or replace."),
    "output-template": (
        "<!-- BEGIN_TF_DOCS -->\n{{ .Content }}\n<!-- END_TF_DOCS -->",
        "What is written around the page.",
    ),
    "output-values": (False, "Show outputs' values."),
    "output-values-from": ("", "A file with what `terraform output -json` printed."),
    "read-comments": (True, "Take a missing description from the comment above."),
    "recursive": (False, "Every module below the directory, too."),
    "recursive-exclude": ((), "A folder below to leave out; may be given several times."),
    "recursive-include-main": (True, "The module of the directory itself, too."),
    "recursive-path": ("modules", "Where modules are, without --out."),
    "required": (True, "Show what is required."),
    "sensitive": (True, "Show what is sensitive."),
    "sensitive-inputs": (False, "Show which inputs are sensitive."),
    "show": ((), "A section to show, and no other; may be given several times, or with commas."),
    "sort": (True, "Sort."),
    "sort-by": ("name", "name, required or type."),
    "type": (True, "Show types."),
    "validations": (False, "Show the messages of validation rules."),
}
_TRUTHS = {"1": True, "t": True, "true": True, "0": False, "f": False, "false": False}


def read(words: list[str]) -> Given | None:
    """Return what a command line says; None if it isn't understood."""
    positional: list[str] = []
    options: dict[str, Option] = {}
    rest = iter(words)
    for word in rest:
        if not word.startswith("-") or word == "-":
            positional.append(word)
            continue
        name, equals, value = word.removeprefix("--").partition("=")
        if not word.startswith("--") or name not in OPTIONS:
            return None
        text = value if equals else "true" if isinstance(OPTIONS[name][0], bool) else next(rest, None)
        option = None if text is None else typed(name, text)
        if option is None:
            return None
        before = options.get(field(name), ())
        options[field(name)] = (
            (*before, *option) if isinstance(option, tuple) and isinstance(before, tuple) else option
        )
    return Given(positional, options)


def field(name: str) -> str:
    """Return the field that an option is kept in."""
    return name.replace("-", "_")


def typed(name: str, text: str) -> Option | None:
    """Return an option's value from its text; None if it doesn't fit."""
    usual = OPTIONS[name][0]
    if isinstance(usual, bool):
        return _TRUTHS.get(text.lower())
    if isinstance(usual, int):
        return int(text) if text.lstrip("-").isdecimal() else None
    return tuple(text.split(",")) if isinstance(usual, tuple) else text
