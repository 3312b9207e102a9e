"""Text in columns: the delimiter, the header and the columns' types, as AWS's CSV classifier finds them."""

from __future__ import annotations

import csv
import io
import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s_infra.sandbox.services.glue.classify.types import BIGINT_LIMIT, Column, Type, merged

if TYPE_CHECKING:
    from collections.abc import Sequence

DELIMITERS = (",", "|", "\t", ";", "\x01")
SAMPLE_ROWS = 1000
# AWS: a table has at least two columns and two rows.
LEAST = 2
LONGEST_NAME = 150
WHOLE = re.compile(r"[+-]?\d+")
FRACTION = re.compile(r"[+-]?(\d+\.\d*|\.\d+|\d+)([eE][+-]?\d+)?")
# AWS's pattern of a column's name.
NAME = re.compile(r"[\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff\t]+")


@dataclass(frozen=True)
class Table:
    """What was found of a text in columns; `records` are its lines, the header's among them as AWS counts."""

    delimiter: str
    columns: tuple[Column, ...]
    header: bool
    quoted: bool
    records: int


def read(text: str) -> Table | None:
    """Return the table that a text is, or None."""
    for delimiter in DELIMITERS:
        rows = _rows(text, delimiter)
        width = len(rows[0]) if rows else 0
        if len(rows) >= LEAST and width >= LEAST and all(len(row) == width for row in rows):
            return _table(text, delimiter, rows)
    return None


def _rows(text: str, delimiter: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return list(itertools.islice((row for row in reader if row), SAMPLE_ROWS))
    except csv.Error:
        return []


def _table(text: str, delimiter: str, rows: list[list[str]]) -> Table:
    width = len(rows[0])
    below = [_type_of([row[place] for row in rows[1:]]) for place in range(width)]
    header = _is_header(rows[0], below)
    if header:
        names = [name.strip().lower() for name in rows[0]]
        types: list[Type | None] = list(below)
    else:
        names = [f"col{place}" for place in range(width)]
        types = [merged(one, _type_of([first])) for one, first in zip(below, rows[0], strict=True)]
    columns = tuple(Column(name, kind) for name, kind in zip(names, types, strict=True))
    lines = [line for line in text.splitlines() if line]
    quoted = all(line.startswith('"') and line.endswith('"') for line in lines)
    return Table(delimiter, columns, header, quoted, len(lines))


def _is_header(first: Sequence[str], below: Sequence[object]) -> bool:
    names = [name.strip() for name in first]
    # The last one may be empty throughout: the rows end with a delimiter.
    if any(not name or len(name) >= LONGEST_NAME or not NAME.fullmatch(name) for name in names[:-1]):
        return False
    if any(name and _type_of([name]) != "string" for name in names):
        return False
    # Where all is text, the first row can't be told from the others.
    return any(kind not in (None, "string") for kind in below)


def _type_of(values: Sequence[str]) -> str | None:
    given = [value.strip() for value in values if value.strip()]
    if not given:
        return None
    if all(WHOLE.fullmatch(value) and abs(int(value)) < BIGINT_LIMIT for value in given):
        return "bigint"
    if all(FRACTION.fullmatch(value) for value in given):
        return "double"
    if all(value.lower() in ("true", "false") for value in given):
        return "boolean"
    # Dates and times, too: the table's reader would not take every form of them.
    return "string"
