"""`yaml`."""

from __future__ import annotations

from s_infra.docs.formats.go_json import FREE
from s_infra.docs.formats.natural import natural
from s_infra.docs.formats.numerals import general
from s_infra.docs.formats.record import record
from s_infra.docs.formats.yaml_text import scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from s_infra.docs.model import Module, Value
    from s_infra.docs.settings import Settings


def render(module: Module, settings: Settings) -> str:
    """Return the page."""
    return "\n".join(_mapping(record(module, settings), 0, ordered=True)).rstrip("\n")


def _mapping(value: dict[str, Value], indent: int, *, ordered: bool) -> list[str]:
    lines: list[str] = []
    for key in value if ordered else sorted(value, key=natural):
        inner = ordered and key not in FREE
        shown = scalar(key, indent + 2)
        first, *rest = _value(value[key], indent, ordered=inner, in_list=False)
        if "\n" in shown:
            lines += [f"{' ' * indent}? {shown}", f"{' ' * indent}:{first or ''}", *rest]
        else:
            lines += [f"{' ' * indent}{shown}:{first}", *rest]
    return lines


def _sequence(value: list[Value], indent: int, *, ordered: bool) -> list[str]:
    lines: list[str] = []
    for item in value:
        first, *rest = _value(item, indent, ordered=ordered, in_list=True)
        lines += [f"{' ' * indent}-{first}", *rest]
    return lines


def _value(value: Value, indent: int, *, ordered: bool, in_list: bool) -> list[str]:
    """Return the rest of a line after `key:` or `-`, and the lines below it."""
    inner = indent + 2
    match value:
        case None:
            return [" null"]
        case bool():
            return [" true" if value else " false"]
        case int() | float():
            return [f" {general(value)}"]
        case str():
            return [f" {scalar(value, inner)}"]
    if not value:
        return [" []" if isinstance(value, list) else " {}"]
    if isinstance(value, dict):
        lines = _mapping(value, inner, ordered=ordered)
    else:
        lines = _sequence(value, inner, ordered=ordered)
    # Below a dash, a collection starts on the dash's own line.
    return [f" {lines[0].lstrip(' ')}", *lines[1:]] if in_list else ["", *lines]
