"""What pages in terraform-docs' formats can tell beyond it, by options that are off unless asked for."""

from __future__ import annotations

from s_infra.errors import SInfraError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from s_infra.docs.model import Module, Variable
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


def grouped(module: Module, inputs: list[Variable], settings: Settings) -> list[tuple[str, list[Variable]]]:
    """Return the rows of inputs, each group's with its title if that is asked for; those of none come first.

    Most pages have one row for each input; what the others need isn't imported for them.
    """
    if not (settings.fields or settings.groups or settings.mask_sensitive or settings.validations):
        return [("", inputs)]
    from s_infra.docs import input_rows

    return input_rows.grouped(module, inputs, settings)


def is_field(one: Variable) -> bool:
    """Tell whether a row is of an input's field."""
    return "." in one.name


def finished(page: str, directory: str, settings: Settings) -> str:
    """Return a Markdown page with its examples and its tables aligned, as far as that is asked for."""
    if settings.examples:
        from s_infra.docs import examples  # most pages have none

        parts = [page, *examples.shown(directory, "#" * settings.indent)]
        page = "\n\n".join(filter(None, parts))
    if settings.align:
        from s_infra.docs import tables  # most pages do without

        page = tables.align(page)
    return page


def folded(code: str, inside: str, settings: Settings, unfolded: str) -> str:
    """Return `inside` behind a fold if a default has more lines than the settings allow, else `unfolded`."""
    lines = code.count("\n") + 1
    if not settings.fold or lines <= settings.fold:
        return unfolded
    return f"<details><summary>Default: {lines} lines</summary>{inside}</details>"
