"""A module's page in one of terraform-docs' formats, by a command line's options and its settings' file."""

from __future__ import annotations

import os
from functools import partial

from s_infra.docs import config, extras, formats, reading
from s_infra.docs.arguments import OPTIONS, field
from s_infra.docs.load import load
from s_infra.docs.records import NamedTuple
from s_infra.docs.settings import SECTIONS, SORTS, Settings
from s_infra.errors import SInfraError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from s_infra.docs.arguments import Option


class Request(NamedTuple):
    """What is asked for of one module."""

    directory: str
    format: str
    content: str
    settings: Settings
    options: dict[str, Option]
    """What isn't about the page itself: where it goes, and which modules there are."""

    def text(self, name: str) -> str:
        """Return an option that is a text."""
        return str(self.options[name])


def request(directory: str, format_name: str, given: dict[str, Option]) -> Request:
    """Return what is asked for: by the command line, else by the settings' file, else as usual.

    Raises:
        SInfraError: The settings' file can't be used, or an option has a value that there isn't.
    """
    usual = {field(name): value for name, (value, _) in OPTIONS.items()}
    said = config.read(directory, str(given.get("config", usual["config"])))
    options = usual | said | given
    name = format_name or str(said.get("formatter", ""))
    if not name:
        raise SInfraError(
            "no format is named, neither on the command line nor as formatter in a settings' file",
            which=directory,
            next_step=f"name one of {', '.join(formats.FORMATS)}",
        )
    settings = Settings(**{key: options[key] for key in Settings._fields})  # type: ignore[arg-type]
    _hold(settings)
    extras.hold(formats.full_name(name), settings)
    return Request(directory, formats.full_name(name), str(said.get("content", "")), settings, options)


def page(asked: Request) -> str:
    """Return the page, without a newline at its end.

    Raises:
        SInfraError: The module doesn't parse, or the page's content is no template.
    """
    family = asked.format.partition("-")[0]
    if not asked.content or family not in {"markdown", "asciidoc", "pretty"}:
        text = formats.render(asked.format, load(asked.directory, asked.settings), asked.settings)
    else:
        text = _by_content(asked, family)
    return extras.finished(text, asked.directory, asked.settings)


def _by_content(asked: Request, family: str) -> str:
    from s_infra.docs.content import SECTIONS as NAMES
    from s_infra.docs.content import fill

    module = load(asked.directory, asked.settings)

    def section(name: str) -> str:
        if family == "pretty" or not _shows(name, asked.settings):
            return ""
        only = {"Resources": ("resources", "data-sources")}.get(name, (name.lower(),))
        chosen = tuple(one for one in only if asked.settings.shows(one))
        alone = module._replace(
            header=module.header if name == "Header" else "",
            footer=module.footer if name == "Footer" else "",
        )
        settings = asked.settings._replace(show=chosen, hide=())
        return formats.render(asked.format, alone, settings).strip("\n")

    def include(name: str) -> str:
        path = os.path.join(asked.directory, name)  # noqa: PTH118
        try:
            return reading.file(path).decode().removesuffix("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise SInfraError(f"the file to include can't be read: {error}", which=path) from error

    values = {name: partial(section, name) for name in NAMES}
    return fill(asked.content, values, include, f"the content of {asked.directory}").removesuffix("\n")


def _shows(name: str, settings: Settings) -> bool:
    return settings.shows(name.lower()) or (name == "Resources" and settings.shows("data-sources"))


def _hold(settings: Settings) -> None:
    for name in (*settings.show, *settings.hide):
        if name not in {*SECTIONS, "all"}:
            raise SInfraError(
                "there is no such section", which=name, next_step=f"take all or one of {', '.join(SECTIONS)}"
            )
    if settings.show and settings.hide:
        raise SInfraError("show and hide can't be used together", next_step="leave one of them out")
    if settings.footer_from and settings.footer_from == settings.header_from:
        raise SInfraError(
            "header and footer are taken from one file",
            which=settings.footer_from,
            next_step="name another by header-from or footer-from",
        )
    if settings.sort_by not in SORTS:
        raise SInfraError(
            "there is no such order", which=settings.sort_by, next_step=f"take one of {', '.join(SORTS)}"
        )
