"""JSON as terraform-docs writes it: numbers are doubles, keys are sorted, some characters are escaped."""

from __future__ import annotations

from s_infra.docs.formats.numerals import number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from s_infra.docs.model import Value

FREE = {"default", "value"}
"""The fields of a record below which stands what the module's author wrote."""
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_ALWAYS = {code: f"\\u{code:04x}" for code in (*range(0x20), 0x2028, 0x2029)} | str.maketrans(_SHORT)
_HTML = _ALWAYS | {ord(character): f"\\u{ord(character):04x}" for character in "<>&"}


def text(value: str, *, html: bool = False) -> str:
    """Return a string in quotes; with `html` the characters `<`, `>` and `&` are escaped, too."""
    return f'"{value.translate(_HTML if html else _ALWAYS)}"'


def dump(value: Value, *, html: bool = False, indent: str = "", ordered: bool = False) -> str:
    """Return any value, an element a line; `ordered` keeps a record's fields as they are."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return text(value, html=html)
        case int() | float():
            return number(value)
    inner = indent + "  "
    if isinstance(value, list):
        parts = [dump(item, html=html, indent=inner, ordered=ordered) for item in value]
        opening, closing = "[]"
    else:
        assert isinstance(value, dict)
        keys = value if ordered else sorted(value, key=str.encode)
        parts = [
            f"{text(key, html=html)}: "
            + dump(value[key], html=html, indent=inner, ordered=ordered and key not in FREE)
            for key in keys
        ]
        opening, closing = "{}"
    if not parts:
        return opening + closing
    joined = f",\n{inner}".join(parts)
    return f"{opening}\n{inner}{joined}\n{indent}{closing}"
