"""`markdown table`: a table for each section."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s_infra.docs.formats.markdown import Markdown
from s_infra.docs.formats.tables import Table, tables

if TYPE_CHECKING:
    from s_infra.docs.model import Module
    from s_infra.docs.settings import Settings

_CENTRED = {"Required", "Sensitive"}


def render(module: Module, settings: Settings) -> str:
    """Return the page."""
    dialect = Markdown(settings)
    sections = [dialect.header(module.header)] if module.header else []
    for table in tables(module, settings, dialect, "n/a"):
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
    rule = [f":{'-' * (len(name) - 2)}:" if name in _CENTRED else "-" * len(name) for name in table.columns]
    return "\n".join(f"| {' | '.join(row)} |" for row in (table.columns, rule, *table.rows))
