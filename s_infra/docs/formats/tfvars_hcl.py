"""`tfvars hcl`: the inputs and their defaults, as a file of values to start from."""

from __future__ import annotations

from s_infra.docs.formats import ordering
from s_infra.docs.formats.go_json import dump
from s_infra.docs.formats.markdown_text import page

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from s_infra.docs.model import Module, Variable
    from s_infra.docs.settings import Settings


def render(module: Module, settings: Settings) -> str:
    """Return the page."""
    lines: list[str] = []
    for described, group in _groups(ordering.inputs(module, settings), settings):
        if described:
            if not lines or lines[-1]:
                lines.append("")
            lines += [f"# {line}" if line else "#" for line in group[0].description.split("\n")]
        width = max(len(item.name) for item in group)
        lines += [f"{item.name:{width}} = {_value(item)}" for item in group]
        if described:
            lines.append("")
    return page(["\n".join(lines)])


def _groups(items: list[Variable], settings: Settings) -> Iterator[tuple[bool, list[Variable]]]:
    """Yield the inputs whose equals signs stand below one another, and whether a comment describes them."""
    group: list[Variable] = []
    for item in items:
        described = settings.description and bool(item.description)
        if not described and not _stands_alone(item):
            group.append(item)
            continue
        if group:
            yield False, group
            group = []
        yield described, [item]
    if group:
        yield False, group


def _stands_alone(item: Variable) -> bool:
    """Tell whether a value's equals sign is its own: one of several lines, or a text where it isn't one."""
    return "\n" in _value(item) or (
        item.type in {"list", "map"} and isinstance(item.default, str) and bool(item.default)
    )


def _value(item: Variable) -> str:
    return '""' if item.default is None else dump(item.default)
