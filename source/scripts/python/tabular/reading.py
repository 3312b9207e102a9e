"""Reads a CSV file with a header; whatever can't be used is refused with its line and column."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass


class TableError(ValueError):
    """The file isn't a table that can be used; the message names file, line and column."""


@dataclass(frozen=True)
class Table:
    """A header of distinct names and rows of as many fields, as text, with the line that each row ends on.

    `source` names the file in messages.
    """

    source: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    def column(self, name: str) -> tuple[str, ...]:
        """Return the fields of one column; raises TableError if there is none of that name."""
        if name not in self.header:
            raise TableError(f"{self.source}: no column {name!r}; the header has {', '.join(self.header)}")
        index = self.header.index(name)
        return tuple(row[index] for row in self.rows)


def read_table(content: bytes, source: str) -> Table:
    """Parse `content`, UTF-8 with or without a byte-order mark, comma-separated, with a header.

    Raises:
        TableError: not UTF-8, no header, no rows, a name twice, or a row with too few or too many fields.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TableError(f"{source}: not UTF-8 (byte {error.start}); save it as UTF-8") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = tuple(next(reader, ()))
        if not header:
            raise TableError(f"{source}: empty; a header and at least one row are needed")
        doubled = sorted({name for name in header if header.count(name) > 1})
        if doubled:
            raise TableError(f"{source}: line 1: column {doubled[0]!r} stands twice in the header")
        rows, lines = [], []
        for row in reader:
            if not row:
                continue
            if len(row) != len(header):
                raise TableError(
                    f"{source}: line {reader.line_num}: {len(row)} fields, the header has {len(header)}"
                )
            rows.append(tuple(row))
            lines.append(reader.line_num)
    except csv.Error as error:
        raise TableError(f"{source}: line {reader.line_num}: {error}") from None
    if not rows:
        raise TableError(f"{source}: a header and no rows")
    return Table(source, header, tuple(rows), tuple(lines))
