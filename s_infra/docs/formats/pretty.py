"""`pretty`: for a terminal, in colours."""

from __future__ import annotations

from s_infra.docs.formats import ordering
from s_infra.docs.formats.go_json import dump
from s_infra.docs.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from s_infra.docs.model import Module
    from s_infra.docs.settings import Settings

_NAME, _GREY, _PLAIN = "\x1b[36m", "\x1b[90m", "\x1b[0m"


class _Section(NamedTuple):
    """A section, with how many line breaks follow it, and how many stand for it if it is empty."""

    name: str
    text: str
    gap: int
    empty: int


def render(module: Module, settings: Settings) -> str:
    """Return the page."""
    return "".join(
        section.text + "\n" * (section.gap if section.text else section.empty)
        for section in _sections(module, settings)
        if settings.shows(section.name) or (section.name == "resources" and settings.shows("data-sources"))
    ).rstrip("\n")


def _sections(module: Module, settings: Settings) -> Iterator[_Section]:
    def around(text: str) -> str:
        return f"{_coloured(_GREY, text, settings)}\n" if text else ""

    yield _Section("header", around(module.header), 2, 2)
    lines = [_line(f"requirement.{item.name}", item.version, settings) for item in module.requirements]
    yield _Section("requirements", "".join(lines), 2, 2)
    lines = [
        _line(f"provider.{ordering.full_provider(item)}", item.version, settings)
        for item in ordering.providers(module, settings)
    ]
    yield _Section("providers", "".join(lines), 2, 2)
    lines = [
        _line(f"module.{item.name}", "", settings).rstrip("\n")
        + f" ({item.source}{',' * bool(item.version)}{item.version})\n"
        for item in ordering.modules(module, settings)
    ]
    yield _Section("modules", "".join(lines), 2, 2)
    yield _Section("resources", _resources(module, settings), 2, 1)
    lines = [
        _described(
            f"input.{item.name}",
            "required" if item.required else dump(item.default),
            item.description,
            settings,
        )
        for item in ordering.inputs(module, settings)
    ]
    yield _Section("inputs", "\n".join(lines), 2, 1)
    lines = [
        _described(
            f"output.{item.name}",
            ordering.output_text(item) if settings.output_values else "",
            item.description,
            settings,
        )
        for item in ordering.outputs(module, settings)
    ]
    yield _Section("outputs", "\n".join(lines), 1, 0)
    yield _Section("footer", around(module.footer), 0, 0)


def _resources(module: Module, settings: Settings) -> str:
    lines = []
    for item in ordering.resources(module, settings):
        kind = "data" if item.mode == "data" else "resource"
        name = f"{kind}.{ordering.resource_name(item)} ({ordering.resource_kind(item)})"
        lines.append(_line(name, ordering.resource_link(item), settings))
    return "".join(lines)


def _described(name: str, detail: str, description: str, settings: Settings) -> str:
    text = description.removesuffix("\n") or "n/a"
    return f"{_line(name, detail, settings)}{_coloured(_GREY, text, settings)}\n"


def _line(name: str, detail: str, settings: Settings) -> str:
    shown = _coloured(_NAME, name, settings)
    return f"{shown} ({detail})\n" if detail else f"{shown}\n"


def _coloured(colour: str, text: str, settings: Settings) -> str:
    return f"{colour}{text}{_PLAIN}" if settings.color else text
