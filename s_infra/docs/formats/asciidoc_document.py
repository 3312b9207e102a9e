"""`asciidoc document`."""

from __future__ import annotations

from s_infra.docs.formats import document
from s_infra.docs.formats.asciidoc import AsciiDoc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from s_infra.docs.model import Module
    from s_infra.docs.settings import Settings


def render(module: Module, settings: Settings) -> str:
    """Return the page."""
    return document.render(module, settings, AsciiDoc(settings))
