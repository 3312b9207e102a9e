"""`markdown table`: a table for each section."""

from __future__ import annotations

from s_infra.docs.formats.markdown import Markdown
from s_infra.docs.formats.tables import Table, page

TYPE_CHECKING = False
if TYPE_CHECKING:
    from s_infra.docs.model import Module
    from s_infra.docs.settings import Settings

_CENTRED = {"Required", "Sensitive"}


def render(module: Module, settings: Settings) -> str:
    """Return the page."""
    return page(module, settings, Markdown(settings), _table, no_version="n/a")


def _table(table: Table) -> str:
    rule = [f":{'-' * (len(name) - 2)}:" if name in _CENTRED else "-" * len(name) for name in table.columns]
    return "\n".join(f"| {' | '.join(row)} |" for row in (table.columns, rule, *table.rows))
