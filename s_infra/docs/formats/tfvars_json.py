"""`tfvars json`: the inputs and their defaults."""

from __future__ import annotations

from s_infra.docs.formats import ordering
from s_infra.docs.formats.go_json import dump, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from s_infra.docs.model import Module
    from s_infra.docs.settings import Settings


def render(module: Module, settings: Settings) -> str:
    """Return the page."""
    parts = (
        f"{text(item.name)}: {dump(item.default, indent='  ')}" for item in ordering.inputs(module, settings)
    )
    joined = ",\n  ".join(parts)
    return f"{{\n  {joined}\n}}" if joined else "{}"
