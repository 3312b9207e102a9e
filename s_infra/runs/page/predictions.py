"""What a scoring run predicted: the head of its files, never more."""

from __future__ import annotations

import csv
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from s_infra.aws import explained
from s_infra.text import is_number

if TYPE_CHECKING:
    from collections.abc import Mapping

HEAD_BYTES = 512 * 1024
MOST_FILES, MOST_ROWS, MOST_COLUMNS = 1000, 5000, 12


@dataclass(frozen=True)
class File:
    """One file of predictions."""

    bucket: str
    key: str
    size: int


@dataclass(frozen=True)
class Predictions:
    """The head of the predictions; `whole` if there is no more than `rows`."""

    bucket: str
    prefix: str
    files: tuple[File, ...]
    more_files: bool
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    whole: bool

    @property
    def size(self) -> int:
        """Bytes of the files that were listed."""
        return sum(file.size for file in self.files)

    def column(self, number: int) -> list[str]:
        """Return the values of a column."""
        return [row[number] for row in self.rows if number < len(row)]


def read(where: Mapping[str, str], s3: Any) -> Predictions:
    """Return the head of the first file under a prefix, of a bounded size however big the file is."""
    bucket, prefix = where["bucket"], where["prefix"]
    with explained(f"s3://{bucket}/{prefix}"):
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        found = list(
            itertools.islice((one for page in pages for one in page.get("Contents", ())), MOST_FILES + 1)
        )
        files = tuple(File(bucket, one["Key"], one["Size"]) for one in found[:MOST_FILES] if one["Size"])
        body = b""
        if files:
            answer = s3.get_object(Bucket=bucket, Key=files[0].key, Range=f"bytes=0-{HEAD_BYTES - 1}")
            body = answer["Body"].read(HEAD_BYTES)
    cut = bool(files) and files[0].size > len(body)
    rows = _rows(body, cut=cut)
    header, rest = _header(rows[:MOST_ROWS])
    whole = not cut and len(files) <= 1 and len(rows) <= MOST_ROWS
    return Predictions(bucket, prefix, files, len(found) > MOST_FILES, header, rest, whole)


def _rows(body: bytes, *, cut: bool) -> list[tuple[str, ...]]:
    text = body.decode("utf-8-sig", errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
    lines = text.splitlines()
    if cut and len(lines) > 1:
        lines.pop()
    # A line may be JSON or one long field: csv's limit on a field is above what is read.
    csv.field_size_limit(2 * HEAD_BYTES)
    return [tuple(row[:MOST_COLUMNS]) for row in csv.reader(lines[: MOST_ROWS + 2]) if row]


def _header(rows: list[tuple[str, ...]]) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return the names of the columns and the rows: batch transform writes no names, a container may."""
    width = max((len(row) for row in rows), default=0)
    if len(rows) > 1 and not any(map(is_number, rows[0])) and any(map(is_number, rows[1])):
        names = (*rows[0], *(f"column {number + 1}" for number in range(len(rows[0]), width)))
        return names, tuple(rows[1:])
    names = ("prediction", *(f"column {number + 1}" for number in range(1, width)))
    return (names if width else ()), tuple(rows)
