"""`toml`."""

from __future__ import annotations

import re

from s_infra.docs.formats.numerals import general
from s_infra.docs.formats.record import record
from s_infra.errors import SInfraError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from s_infra.docs.model import Module, Value
    from s_infra.docs.settings import Settings

_ESCAPED = re.compile('["\\\\\x00-\x1f\x7f]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def render(module: Module, settings: Settings) -> str:
    """Return the page. A missing description is empty, a missing default is an empty table."""
    fields = record(module, settings)
    for items in fields.values():
        for item in items if isinstance(items, list) else ():
            assert isinstance(item, dict)
            _fit(item)
    return "\n".join(_table(fields, (), sort=False)).lstrip("\n")


def _fit(item: dict[str, Value]) -> None:
    for key, value in item.items():
        if value is None:
            item[key] = {} if key in {"default", "value"} else ""
    if item.get("sensitive") is False:
        del item["sensitive"]


def _table(table: dict[str, Value], path: tuple[str, ...], *, sort: bool) -> list[str]:
    keys = [key for key in (sorted(table, key=str.encode) if sort else table) if table[key] is not None]
    indent = "  " * len(path)
    lines = [f"{indent}{_key(key)} = {_inline(table[key])}" for key in keys if not _is_table(table[key])]
    for key in keys:
        value = table[key]
        inner = (*path, key)
        name = ".".join(map(_key, inner))
        if isinstance(value, dict):
            lines += [*([""] if not path else []), f"{indent}[{name}]", *_table(value, inner, sort=True)]
        elif _is_table(value):
            assert isinstance(value, list)
            for item in value:
                assert isinstance(item, dict)
                lines += ["", f"{indent}[[{name}]]", *_table(item, inner, sort=bool(path))]
    return lines


def _is_table(value: Value) -> bool:
    if isinstance(value, list):
        return bool(value) and all(isinstance(item, dict) for item in value)
    return isinstance(value, dict)


def _inline(value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            shown = general(value)
            return shown if "." in shown or "e" in shown else f"{shown}.0"
        case str():
            return _string(value)
        case list():
            return f"[{', '.join(_inline(item) for item in value)}]"
        case dict():
            shown_keys = sorted(
                (key for key in value if value[key] is not None),
                key=lambda key: (_is_table(value[key]), key.encode()),
            )
            return f"{{{', '.join(f'{_key(key)} = {_inline(value[key])}' for key in shown_keys)}}}"
    raise SInfraError("TOML has no null in a list", next_step="take another format, or another default")


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _string(key)


def _string(text: str) -> str:
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    return _SHORT.get(match[0]) or f"\\u{ord(match[0]):04x}"
