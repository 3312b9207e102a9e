"""The text of HCL's strings: escapes, heredocs, and the pieces of a template."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from tree_sitter import Node

    from s_infra.docs.syntax import Source

Pieces: TypeAlias = "list[str | Node]"
"""Text, at most a line each in a heredoc, and the interpolations and directives between."""

_ESCAPE = r'\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(["\\nrt]))'
_PLAIN = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


def unescape(text: str) -> str:
    """Undo the backslash escapes of a quoted string."""
    return re.sub(_ESCAPE, _escaped, text) if "\\" in text else text


def literal(text: str) -> str:
    """Undo the doubled signs that keep `${` and `%{` from opening a template."""
    return text.replace("$${", "${").replace("%%{", "%{")


def quoted(source: Source, node: Node) -> Pieces:
    """Return the pieces of a quoted string, backslash escapes undone."""
    inner = (source.start(node) + 1, source.end(node) - 1)
    return [
        piece if not isinstance(piece, str) else unescape(piece)
        for piece in between(source, node.children, *inner)
    ]


def heredoc(source: Source, node: Node, *, verbatim: bool = False) -> Pieces:
    """Return the pieces of a heredoc; of `<<-` without the indentation that all lines share.

    `verbatim` is for text that isn't evaluated: the blanks before the closing marker are then one more line.
    """
    children = node.children
    start = source.data.index(b"\n", source.end(children[1])) + 1
    end = source.start(children[-1])
    if not verbatim:
        end = max(start, source.data.rfind(b"\n", 0, end) + 1)
    pieces: Pieces = []
    for piece in between(source, children, start, end):
        if isinstance(piece, str):
            *lines, last = piece.split("\n")
            pieces += [f"{line}\n" for line in lines]
            if last:
                pieces.append(last)
        else:
            pieces.append(piece)
    return _dedent(pieces) if source.text(children[0]) == "<<-" else pieces


def between(source: Source, nodes: list[Node], start: int, end: int) -> Pieces:
    """Return the interpolations and directives among the nodes, and the source's text around them."""
    pieces: Pieces = []
    for node in nodes:
        if node.type in {"template_interpolation", "template_directive"}:
            if start < source.start(node):
                pieces.append(source.data[start : source.start(node)].decode())
            pieces.append(node)
            start = source.end(node)
    if start < end:
        pieces.append(source.data[start:end].decode())
    return pieces


def _dedent(pieces: Pieces) -> Pieces:
    widths: list[int] = []
    starts: list[int] = []
    at_start = True
    for number, piece in enumerate(pieces):
        if at_start and not isinstance(piece, str):
            return pieces
        if at_start and isinstance(piece, str) and _counts(piece):
            widths.append(len(piece) - len(piece.lstrip()))
            starts.append(number)
        at_start = isinstance(piece, str) and piece.endswith("\n")
    shared = min(widths, default=0)
    for number in starts:
        pieces[number] = str(pieces[number])[shared:]
    return pieces


def _counts(line: str) -> bool:
    """Tell whether a line's indentation counts; a blank line's doesn't."""
    return bool(line.strip()) or not line.endswith("\n")


def _escaped(match: re.Match[str]) -> str:
    short, long, plain = match.groups()
    return _PLAIN[plain] if plain else chr(int(short or long, 16))
