"""A page of headings and paragraphs, in Markdown or AsciiDoc."""

from __future__ import annotations

from s_infra.docs import extras
from s_infra.docs.formats import ordering
from s_infra.docs.formats.go_json import dump

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from s_infra.docs.formats.dialects import Dialect
    from s_infra.docs.model import Module, Output, Variable
    from s_infra.docs.settings import Settings


def render(module: Module, settings: Settings, dialect: Dialect) -> str:
    """Return the page."""
    sections = [dialect.header(module.header)] if module.header else []
    if settings.shows("requirements"):
        items = [
            _item(dialect.anchored("requirement", item.name), item.version) for item in module.requirements
        ]
        sections += _listed("Requirements", "requirements are needed", items, settings, dialect)
    if settings.shows("providers"):
        items = [
            _item(dialect.anchored("provider", ordering.full_provider(item)), item.version)
            for item in ordering.providers(module, settings)
        ]
        sections += _listed("Providers", "providers are used", items, settings, dialect)
    if settings.shows("modules"):
        calls = (
            f"{dialect.heading(dialect.anchored('module', item.name), deeper=1)}\n\n"
            f"Source: {item.source}\n\nVersion: {item.version}"
            for item in ordering.modules(module, settings)
        )
        sections += _section("Modules", "The following Modules are called:", calls, settings, dialect)
    if settings.shows("resources") or settings.shows("data-sources"):
        sections += _resources(module, settings, dialect)
    if settings.shows("inputs"):
        sections += _inputs(module, settings, dialect)
    if settings.shows("outputs"):
        outputs = (_output(item, settings, dialect) for item in ordering.outputs(module, settings))
        sections += _section("Outputs", "The following outputs are exported:", outputs, settings, dialect)
    if module.footer:
        sections.append(dialect.header(module.footer))
    return dialect.page(sections)


def _item(name: str, version: str) -> str:
    return f"- {name} ({version})" if version else f"- {name}"


def _listed(title: str, what: str, items: list[str], settings: Settings, dialect: Dialect) -> Iterator[str]:
    return _section(title, f"The following {what} by this module:", items, settings, dialect)


def _section(
    title: str, says: str, items: Iterable[str], settings: Settings, dialect: Dialect
) -> Iterator[str]:
    found = list(items)
    if found:
        yield f"{dialect.heading(title)}\n\n{says}"
        yield from found
    elif not settings.hide_empty:
        yield f"{dialect.heading(title)}\n\nNo {title.lower()}."
    else:
        yield ""


def _resources(module: Module, settings: Settings, dialect: Dialect) -> Iterator[str]:
    lines = []
    for item in ordering.resources(module, settings):
        name, link = ordering.resource_name(item), ordering.resource_link(item)
        lines.append(f"- {dialect.link(name, link) if link else name} ({ordering.resource_kind(item)})")
    items = ["\n".join(lines)] if ordering.has_resources(module) else []
    return _listed("Resources", "resources are used", items, settings, dialect)


def _inputs(module: Module, settings: Settings, dialect: Dialect) -> Iterator[str]:
    shown = ordering.inputs(module, settings)
    if not settings.required:
        every = _listed_inputs(module, shown, settings, dialect, required="Default: n/a")
        yield from _section(
            "Inputs", "The following input variables are supported:", every, settings, dialect
        )
        return
    parts = []
    for title, says, wanted in (
        ("Required Inputs", "are required", True),
        ("Optional Inputs", "are optional (have default values)", False),
    ):
        chosen = [item for item in shown if item.required is wanted]
        items = _listed_inputs(module, chosen, settings, dialect, required="")
        parts.append(
            "\n\n".join(_section(title, f"The following input variables {says}:", items, settings, dialect))
        )
    first, second = parts
    if any(item.required for item in shown):
        yield "\n\n".join(filter(None, parts))
    elif first:
        yield dialect.after_no_required.join(filter(None, parts))
    else:  # what is left out leaves a line break less
        yield second and dialect.after_no_required[1:] + second


def _listed_inputs(
    module: Module, inputs: list[Variable], settings: Settings, dialect: Dialect, *, required: str
) -> Iterator[str]:
    """Yield the inputs, behind their group's title if they are in one, each with its fields behind it."""
    for title, rows in extras.grouped(module, inputs, settings):
        if title:
            yield dialect.heading(title, deeper=1)
        deeper = 2 if title else 1
        for item in rows:
            if extras.is_field(item):
                heading = dialect.heading(f"`{item.name}`", deeper=deeper + 1)
                yield _input(item, heading, settings, dialect, required="Required: yes")
            else:
                heading = dialect.heading(dialect.anchored("input", item.name), deeper=deeper)
                yield _input(item, heading, settings, dialect, required=required)


def _input(item: Variable, heading: str, settings: Settings, dialect: Dialect, *, required: str) -> str:
    parts = [heading, _description(item.description, dialect)]
    if settings.type:
        parts.append(_labelled("Type", ordering.type_text(item), "hcl", dialect))
    if settings.default:
        parts.append(required if item.required else _default(dump(item.default), settings, dialect))
    if settings.sensitive_inputs and item.sensitive:
        parts.append("Sensitive: yes")
    return "\n\n".join(filter(None, parts))


def _default(code: str, settings: Settings, dialect: Dialect) -> str:
    shown = _labelled("Default", code, "json", dialect)
    return extras.folded(code, f"{shown.removeprefix('Default:')}\n\n", settings, shown)


def _output(item: Output, settings: Settings, dialect: Dialect) -> str:
    parts = [
        dialect.heading(dialect.anchored("output", item.name), deeper=1),
        _description(item.description, dialect),
    ]
    if settings.output_values:
        value = ordering.output_text(item)
        parts.append(f"Value:{dialect.value(value)}" if "\n" in value else f"Value: `{value}`")
        if settings.sensitive:
            parts.append(f"Sensitive: {'yes' if item.sensitive else 'no'}")
    return "\n\n".join(parts)


def _description(text: str, dialect: Dialect) -> str:
    return f"Description: {dialect.paragraph(text) if text else 'n/a'}"


def _labelled(label: str, code: str, language: str, dialect: Dialect) -> str:
    return f"{label}:{dialect.block(code, language)}" if "\n" in code else f"{label}: `{code}`"
