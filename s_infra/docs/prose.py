"""Long descriptions, which the parser needn't see.

The grammar takes strings and heredocs letter by letter, which is most of the time that inputs take.
So a description's plain text is cut out before, and what stands there is read from the file.
"""

from __future__ import annotations

import re
from bisect import bisect_left

# The whole line; a text with an escape or a template in it is left to the parser.
_STRING = rb'(?P<head>[ \t]*=[ \t]*")(?P<text>[^"\\$%\r\n]+)"[ \t]*\r?$'
_HEREDOC = rb"[ \t]*=[ \t]*<<-?(?P<mark>[A-Za-z_]\w*)\r?\n(?P<lines>(?:.*\n)*?)[ \t]*(?P=mark)[ \t]*\r?$"
_DESCRIPTION = re.compile(
    rb"^[ \t]*(?:description|error_message)(?:" + _STRING + rb"|" + _HEREDOC + rb")", re.MULTILINE
)
_TEMPLATE_OR_COMMENT = (b"${", b"%{", b"*/")


class Cuts:
    """What was cut out of a file, and where things in the rest of it stand in the whole."""

    def __init__(self) -> None:
        self._at: list[int] = []
        self._before: list[int] = [0]

    def __bool__(self) -> bool:
        return bool(self._at)

    def add(self, position: int, length: int) -> None:
        """Note a cut, given where it is in the whole file; they come in order."""
        self._at.append(position - self._before[-1])
        self._before.append(self._before[-1] + length)

    def whole(self, position: int) -> int:
        """Return where a position of the rest is in the whole file; at a cut it's before it."""
        return position + self._before[bisect_left(self._at, position)]


def cut(data: bytes) -> tuple[bytes, Cuts]:
    """Return the file without the texts of its descriptions; its lines stay lines."""
    cuts = Cuts()
    parts: list[bytes] = []
    done = 0
    for match in _DESCRIPTION.finditer(data):
        spans = [match.span("text")] if match["text"] is not None else _lines(match)
        for start, end in spans:
            if end > start:
                parts.append(data[done:start])
                cuts.add(start, end - start)
                done = end
    parts.append(data[done:])
    return b"".join(parts), cuts


def _lines(match: re.Match[bytes]) -> list[tuple[int, int]]:
    if any(mark in match["lines"] for mark in _TEMPLATE_OR_COMMENT):
        return []
    start, spans = match.start("lines"), []
    for line in match["lines"].splitlines(keepends=True):
        spans.append((start, start + len(line.rstrip(b"\r\n"))))
        start += len(line)
    return spans
