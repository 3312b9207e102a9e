"""`json`."""

from __future__ import annotations

from s_infra.docs.formats.go_json import dump
from s_infra.docs.formats.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from s_infra.docs.model import Module
    from s_infra.docs.settings import Settings


def render(module: Module, settings: Settings) -> str:
    """Return the page."""
    return dump(record(module, settings), html=settings.escape, ordered=True)
