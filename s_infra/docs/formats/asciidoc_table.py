"""`asciidoc table`: a table for each section; the inputs' has a line for each cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s_infra.docs.formats.asciidoc import AsciiDoc
from s_infra.docs.formats.tables import Table, tables

if TYPE_CHECKING:
    from s_infra.docs.model import Module
    from s_infra.docs.settings import Settings


def render(module: Module, settings: Settings) -> str:
    """Return the page."""
    dialect = AsciiDoc(settings)
    sections = [dialect.header(module.header)] if module.header else []
    for table in tables(module, settings, dialect, ""):
        if not table.empty:
            sections += [dialect.heading(table.title), _table(table)]
        elif not settings.hide_empty:
            sections += [dialect.heading(table.title), f"No {table.title.lower()}."]
        else:
            sections.append("")
    if module.footer:
        sections.append(dialect.header(module.footer))
    return dialect.page(sections)


def _table(table: Table) -> str:
    columns = ",".join("a" for _ in table.columns)
    head = [
        f'[cols="{columns}",options="header,autowidth"]',
        "|===",
        "|" + " |".join(table.columns),
    ]
    if table.title == "Inputs":
        rows = ["\n".join(f"|{cell}" for cell in row) + "\n" for row in table.rows]
    else:
        rows = ["|" + " |".join(row) for row in table.rows]
    return "\n".join([*head, *rows, "|==="])
