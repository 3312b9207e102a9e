"""Where the members of a JSON text stand, which `json` doesn't tell."""

from __future__ import annotations

import re

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}:,\n]')


def lines(text: str) -> dict[tuple[str, ...], int]:
    """Return the line, from 1, of each member by its path of keys; lists on the way don't count."""
    found: dict[tuple[str, ...], int] = {}
    path: list[str] = []
    line = 1
    last = ""
    for match in _TOKEN.finditer(text):
        token = match[0]
        match token:
            case "\n":
                line += 1
                continue
            case "{":
                path.append("")
            case "}":
                path.pop()
            case ":":
                path[-1] = last[1:-1]
                found.setdefault(tuple(path), line)
        last = token
    return found
