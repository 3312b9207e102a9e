"""Strings in YAML: plain where nothing else could be meant, else quoted or as a block."""

from __future__ import annotations

import re

_WORDS = re.compile(
    r"~|null|Null|NULL|true|True|TRUE|false|False|FALSE|<<"
    r"|[yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
    r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?"
    r"(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?)?"
)
_NUMBERS = re.compile(
    r"[-+]?(?:0[bB][01]+|0[oO][0-7]+|0[xX][0-9a-fA-F]+|(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
)
_INDICATOR_FIRST = re.compile(r"[#,\[\]{}&*!|>'\"%@`]|[?:-](?:[ \t\r\n\x85\u2028\u2029]|$)|---|\.\.\.")
_INDICATOR = re.compile(r":(?:[ \t\r\n\x85\u2028\u2029]|$)|(?<=[ \t\r\n\x85\u2028\u2029])#")
_UNPRINTABLE = re.compile("[^\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\t]")
_ESCAPED = re.compile('[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]|["\\\\]')
_BREAK = "\n\x85\u2028\u2029"
_SHORT = {
    "\0": "0",
    "\a": "a",
    "\b": "b",
    "\t": "t",
    "\n": "n",
    "\v": "v",
    "\f": "f",
    "\r": "r",
    "\x1b": "e",
    '"': '"',
    "\\": "\\",
    "\x85": "N",
    "\u2028": "L",
    "\u2029": "P",
}


def scalar(text: str, indent: int) -> str:
    """Return a string as YAML; the lines of a block stand at `indent`."""
    unprintable = _UNPRINTABLE.search(text) is not None
    space_break = re.search(rf" [{_BREAK}]", text) is not None
    if "\n" in text and not (unprintable or space_break or text.endswith(" ")):
        return _block(text, indent)
    broken = any(character in text for character in _BREAK)
    if not text or _means_something_else(text):
        return _double(text)
    if unprintable or space_break or "\t" in text or re.search(rf"[{_BREAK}] ", text) or "\n" in text:
        return _double(text)
    plain = not (
        broken
        or text[0] == " "
        or text[-1] == " "
        or _INDICATOR_FIRST.match(text)
        or _INDICATOR.search(text, 1)
    )
    return text if plain else "'" + text.replace("'", "''") + "'"


def _means_something_else(text: str) -> bool:
    """Tell whether YAML would take the plain text for a number, a truth value, a date or nothing."""
    if text[0] in "0123456789+-." and _NUMBERS.fullmatch(text if text[0] == "." else text.replace("_", "")):
        return True
    return _WORDS.fullmatch(text) is not None


def _block(text: str, indent: int) -> str:
    hint = "2" if text[0] in " " + _BREAK else ""
    if not text.endswith("\n"):
        hint += "-"
    elif text == "\n" or text[-2] in _BREAK:
        hint += "+"
    # terraform-docs loses a line break that a block starts with.
    lines = text.removeprefix("\n").removesuffix("\n").split("\n") if text != "\n" else []
    return "\n".join([f"|{hint}", *(" " * indent + line if line else "" for line in lines)])


def _double(text: str) -> str:
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if character in _SHORT:
        return f"\\{_SHORT[character]}"
    code = ord(character)
    return f"\\x{code:02X}" if code < 256 else f"\\u{code:04X}" if code < 65536 else f"\\U{code:08X}"
