"""What pages in terraform-docs' formats can tell beyond it, by options that are off unless asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s_infra.docs import details, syntax
from s_infra.docs.code_marks import fenced
from s_infra.docs.fields import fields
from s_infra.docs.model import Variable
from s_infra.docs.records import NamedTuple
from s_infra.docs.values import NotConstantError, constant
from s_infra.errors import SInfraError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from s_infra.docs.fields import Field
    from s_infra.docs.model import Module, Value
    from s_infra.docs.settings import Settings

PAGES = ("markdown-table", "markdown-document", "asciidoc-table", "asciidoc-document")
MARKDOWN = PAGES[:2]
# Which formats can show what; the settings by their names as options.
SHOWN_BY = {
    "align": ("markdown-table",),
    "examples": MARKDOWN,
    "fields": PAGES,
    "fold": MARKDOWN,
    "groups": PAGES,
    "mask-sensitive": PAGES,
    "sensitive-inputs": PAGES,
    "validations": PAGES,
}


class Group(NamedTuple):
    """Inputs that stand together; those of no group have no title."""

    title: str
    inputs: list[Variable]


def hold(format_name: str, settings: Settings) -> None:
    """Refuse what a format can't show.

    Raises:
        SInfraError: An option is on that has no meaning in this format.
    """
    for option, formats in SHOWN_BY.items():
        if getattr(settings, option.replace("-", "_")) and format_name not in formats:
            raise SInfraError(
                f"{format_name} can't show --{option}",
                next_step=f"leave it out, or take {' or '.join(formats)}",
            )


def grouped(module: Module, inputs: Sequence[Variable], settings: Settings) -> list[Group]:
    """Return the inputs as they are shown, by group if that is asked for; those of none come first."""
    groups = details.groups(module) if settings.groups else {}
    found: dict[str, list[Variable]] = {"": []} if not groups else {}
    for one in sorted(inputs, key=lambda one: one.name in groups):
        found.setdefault(groups.get(one.name, ""), []).extend(_rows(one, settings))
    return [Group(title, rows) for title, rows in found.items()]


def is_field(one: Variable) -> bool:
    """Tell whether a row is of an input's field."""
    return "." in one.name


def _rows(one: Variable, settings: Settings) -> Iterator[Variable]:
    """Yield an input, and its fields if they are asked for."""
    if settings.mask_sensitive:
        one = details.masked(one)
    if settings.groups:
        one = one._replace(description=details.without_group(one.description))
    if settings.validations and one.validations:
        rules = "\n".join(f"- {rule.error_message}" for rule in one.validations)
        one = one._replace(description=f"{one.description.rstrip()}\n\nRules:\n\n{rules}".lstrip())
    yield one
    if settings.fields:
        yield from (_row(field, one) for field in fields(one.name, one.type))


def _row(field: Field, of: Variable) -> Variable:
    return Variable(
        name=field.path,
        type=field.type,
        description=field.description,
        default_text=field.default_text,
        default=_value(field.default_text),
        nullable=True,
        sensitive=of.sensitive,
        ephemeral=of.ephemeral,
        validations=(),
        at=of.at,
    )


def _value(text: str | None) -> Value:
    if text is None:
        return None
    source = syntax.parse("default", f"default = {text}\n".encode())
    try:
        return constant(source, syntax.attributes(source, source.body)["default"])
    except NotConstantError:
        return text


def finished(page: str, directory: str, settings: Settings) -> str:
    """Return a Markdown page with its examples and its tables aligned, as far as that is asked for."""
    if settings.examples:
        parts = [page, *_examples(directory, "#" * settings.indent)]
        page = "\n\n".join(filter(None, parts))
    if settings.align:
        from s_infra.docs import tables  # most pages do without

        page = tables.align(page)
    return page


def _examples(directory: str, marks: str) -> Iterator[str]:
    found = details.examples(directory)
    if found:
        yield f"{marks} Examples"
    for example in found:
        yield f"{marks}# {example.name}"
        for name, text in example.files:
            if len(example.files) > 1:
                yield f"`{name}`:"
            yield fenced(text.rstrip("\n"), "json" if name.endswith(".json") else "hcl")


def folded(code: str, inside: str, settings: Settings, unfolded: str) -> str:
    """Return `inside` behind a fold if a default has more lines than the settings allow, else `unfolded`."""
    lines = code.count("\n") + 1
    if not settings.fold or lines <= settings.fold:
        return unfolded
    return f"<details><summary>Default: {lines} lines</summary>{inside}</details>"
