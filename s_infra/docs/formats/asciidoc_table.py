"""`asciidoc table`: a table for each section; the inputs' has a line for each cell."""

from __future__ import annotations

from s_infra.docs.formats.asciidoc import AsciiDoc
from s_infra.docs.formats.tables import Table, page

TYPE_CHECKING = False
if TYPE_CHECKING:
    from s_infra.docs.model import Module
    from s_infra.docs.settings import Settings


def render(module: Module, settings: Settings) -> str:
    """Return the page."""
    return page(module, settings, AsciiDoc(settings), _table, no_version="")


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
