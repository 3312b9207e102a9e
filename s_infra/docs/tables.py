"""Markdown tables whose columns stand under one another in the source, too."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# A cell that is longer doesn't widen its column for all the others.
WIDEST = 60
RULE = re.compile(r"\|(?:\s*:?-+:?\s*\|)+")
FENCE = re.compile(r"\s*(`{3,}|~{3,})")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return an aligned table of texts; line breaks become `<br/>`."""
    texts = [
        [re.sub(r"\s*\n\s*", "<br/>", re.sub(r"(?<!\\)\|", r"\|", one.strip())) for one in row]
        for row in rows
    ]
    return _drawn([list(head), ["---"] * len(head), *texts])


def align(text: str) -> str:
    """Return a page with its tables aligned; fenced code stays as it is."""
    done: list[str] = []
    waiting: list[str] = []
    fence = ""
    for line in [*text.split("\n"), ""]:
        found = FENCE.match(line)
        if not fence and line.startswith("|") and line.rstrip().endswith("|"):
            waiting.append(line)
            continue
        done += _table_of(waiting)
        waiting = []
        if found:
            fence = "" if fence and found[1].startswith(fence) else fence or found[1]
        done.append(line)
    return "\n".join(done[:-1])


def _table_of(lines: list[str]) -> list[str]:
    if len(lines) < 2 or not RULE.fullmatch(lines[1].strip()):
        return lines
    rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]] for line in lines]
    if len({len(row) for row in rows}) > 1:
        return lines
    return _drawn(rows).split("\n")


def _drawn(rows: list[list[str]]) -> str:
    """Return the lines of a table whose second row is its rule, with its colons if it has some."""
    widths = [
        max(3, *(width for row in rows if (width := _width(row[column])) <= WIDEST))
        for column in range(len(rows[0]))
    ]
    rows[1] = [_rule(one, width) for one, width in zip(rows[1], widths, strict=True)]
    return "\n".join("| " + " | ".join(map(_padded, row, widths)) + " |" for row in rows)


def _rule(cell: str, width: int) -> str:
    left, right = cell.startswith(":"), cell.endswith(":")
    return ":" * left + "-" * (width - left - right) + ":" * right


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    """Return how many columns a text takes in a fixed-width font: an ideograph two, a combining mark none."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(one) in "WF" for one in text)
    return len(text) + wide - sum(bool(unicodedata.combining(one)) for one in text)
