"""A page of tables, in Markdown or AsciiDoc: their titles, columns and rows."""

from __future__ import annotations

from s_infra.docs import extras
from s_infra.docs.formats import ordering
from s_infra.docs.formats.go_json import dump
from s_infra.docs.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from s_infra.docs.formats.dialects import Dialect
    from s_infra.docs.model import Module, Variable
    from s_infra.docs.settings import Settings


class Table(NamedTuple):
    """A section's table."""

    title: str
    columns: list[str]
    rows: list[list[str]]
    empty: bool
    """Whether the section says that there is nothing; a table may lack rows because they are hidden."""


def page(
    module: Module,
    settings: Settings,
    dialect: Dialect,
    draw: Callable[[Table], str],
    *,
    no_version: str,
) -> str:
    """Return a page of tables; `draw` writes one, `no_version` is what a module without a version has."""
    sections = [dialect.header(module.header)] if module.header else []
    for table in _tables(module, settings, dialect, no_version):
        if not table.empty:
            sections += [dialect.heading(table.title), draw(table)]
        elif not settings.hide_empty:
            sections += [dialect.heading(table.title), f"No {table.title.lower()}."]
        else:
            sections.append("")
    if module.footer:
        sections.append(dialect.header(module.footer))
    return dialect.page(sections)


def _tables(module: Module, settings: Settings, dialect: Dialect, no_version: str) -> Iterator[Table]:
    if settings.shows("requirements"):
        rows = [[dialect.anchored("requirement", item.name), item.version] for item in module.requirements]
        yield Table("Requirements", ["Name", "Version"], rows, not rows)
    if settings.shows("providers"):
        rows = [
            [dialect.anchored("provider", ordering.full_provider(item)), item.version or "n/a"]
            for item in ordering.providers(module, settings)
        ]
        yield Table("Providers", ["Name", "Version"], rows, not rows)
    if settings.shows("modules"):
        rows = [
            [dialect.anchored("module", item.name), item.source, item.version or no_version]
            for item in ordering.modules(module, settings)
        ]
        yield Table("Modules", ["Name", "Source", "Version"], rows, not rows)
    if settings.shows("resources") or settings.shows("data-sources"):
        rows = list(_resources(module, settings, dialect))
        yield Table("Resources", ["Name", "Type"], rows, not ordering.has_resources(module))
    if settings.shows("inputs"):
        yield from _inputs(module, settings, dialect)
    if settings.shows("outputs"):
        yield _outputs(module, settings, dialect)


def _resources(module: Module, settings: Settings, dialect: Dialect) -> Iterable[list[str]]:
    for item in ordering.resources(module, settings):
        name, link = ordering.resource_name(item), ordering.resource_link(item)
        yield [dialect.link(name, link) if link else name, ordering.resource_kind(item)]


def _inputs(module: Module, settings: Settings, dialect: Dialect) -> Iterator[Table]:
    shown = {
        "Type": settings.type,
        "Default": settings.default,
        "Required": settings.required,
        "Sensitive": settings.sensitive_inputs,
    }
    columns = ["Name", "Description", *(name for name, on in shown.items() if on)]
    for group, shown_inputs in extras.grouped(module, ordering.inputs(module, settings), settings):
        rows = [_input(item, settings, dialect) for item in shown_inputs]
        yield Table(f"Inputs: {group}" if group else "Inputs", columns, rows, not rows)


def _input(item: Variable, settings: Settings, dialect: Dialect) -> list[str]:
    name = f"`{item.name}`" if extras.is_field(item) else dialect.anchored("input", item.name)
    row = [name, _description(item.description, dialect)]
    if settings.type:
        row.append(dialect.cell_code(ordering.type_text(item)))
    if settings.default:
        row.append("n/a" if item.required else _default(dump(item.default), settings, dialect))
    if settings.required:
        row.append("yes" if item.required else "no")
    if settings.sensitive_inputs:
        row.append("yes" if item.sensitive else "no")
    return row


def _default(code: str, settings: Settings, dialect: Dialect) -> str:
    shown = dialect.cell_code(code)
    return extras.folded(code, shown, settings, shown)


def _outputs(module: Module, settings: Settings, dialect: Dialect) -> Table:
    columns = ["Name", "Description"]
    if settings.output_values:
        columns += ["Value", "Sensitive"] if settings.sensitive else ["Value"]
    rows = []
    for item in ordering.outputs(module, settings):
        row = [dialect.anchored("output", item.name), _description(item.description, dialect)]
        if settings.output_values:
            row.append(dialect.cell_value(ordering.output_text(item)))
            if settings.sensitive:
                row.append("yes" if item.sensitive else "no")
        rows.append(row)
    return Table("Outputs", columns, rows, not rows)


def _description(text: str, dialect: Dialect) -> str:
    return dialect.cell(text) if text else "n/a"
