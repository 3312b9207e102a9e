"""`xml`."""

from __future__ import annotations

from s_infra.docs.formats.numerals import general
from s_infra.docs.formats.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from s_infra.docs.model import Module, Value
    from s_infra.docs.settings import Settings

_ESCAPES = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        '"': "&#34;",
        "'": "&#39;",
        "\n": "&#xA;",
        "\t": "&#x9;",
        "\r": "&#xD;",
    }
    | {code: "\ufffd" for code in range(32) if chr(code) not in "\n\t\r"}
)


def render(module: Module, settings: Settings) -> str:
    """Return the page."""
    fields = record(module, settings)
    lines = ["<module>"]
    for name, value in fields.items():
        lines += _section(name, value) if isinstance(value, list) else _element(name, value, "  ")
    lines.append("</module>")
    return "\n".join(lines)


def _section(name: str, items: list[Value]) -> list[str]:
    """Return a section: its records are called by its name without the plural's letter."""
    if not items:
        return [f"  <{name}></{name}>"]
    lines = [f"  <{name}>"]
    for item in items:
        lines += _element(name.removesuffix("s"), item, "    ", ordered=True)
    return [*lines, f"  </{name}>"]


def _element(name: str, value: Value, indent: str, *, ordered: bool = False) -> list[str]:
    if value is None:
        return [f'{indent}<{name} xsi:nil="true"></{name}>']
    inner: list[str] = []
    if isinstance(value, dict):
        for key in value if ordered else sorted(value, key=str.encode):
            if key or not isinstance(value[key], list | dict):  # XML has no element without a name
                inner += _element(key or "xmlmapentry", value[key], indent + "  ")
    elif isinstance(value, list):
        inner = [f"{indent}  <item>{_text(item)}</item>" for item in value]
    else:
        return [f"{indent}<{name}>{_text(value)}</{name}>"]
    return [f"{indent}<{name}>", *inner, f"{indent}</{name}>"] if inner else [f"{indent}<{name}></{name}>"]


def _text(value: Value) -> str:
    """Return a scalar's text; of a list's elements terraform-docs shows no other."""
    match value:
        case None | list() | dict():
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return general(value)
    return str(value).translate(_ESCAPES)
