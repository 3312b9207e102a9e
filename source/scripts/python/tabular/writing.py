"""Writes tables as SageMaker's tabular containers read them: numbers only, no header, the target first."""

from __future__ import annotations

import hashlib
import math

from tabular.reading import Table, TableError


def split_by_identifier(table: Table, identifier: str, share: float) -> tuple[Table, Table]:
    """Split off about `share` (0 to 1) of the rows by a hash of their identifier.

    A row falls on the same side whatever the others are, so that a later, larger file doesn't move it.

    Raises:
        TableError: one side would be empty.
    """
    bound = int(share * 2**32)
    kept, split = [], []
    for index, name in enumerate(table.column(identifier)):
        place = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
        (split if place < bound else kept).append(index)
    if not kept or not split:
        raise TableError(f"{table.source}: {len(table.rows)} rows are too few to train on and to validate on")
    return _part(table, kept), _part(table, split)


def write_training(table: Table, target: str, identifier: str) -> bytes:
    """Return the target and the features of each row, ordered by name, without the identifier."""
    table.column(target)
    return _write(table, [target, *_features(table, {target, identifier})])


def write_features(table: Table, identifier: str) -> bytes:
    """Return the features of each row, ordered by name, without the identifier."""
    return _write(table, _features(table, {identifier}))


def _part(table: Table, indices: list[int]) -> Table:
    rows = tuple(table.rows[index] for index in indices)
    return Table(table.source, table.header, rows, tuple(table.lines[index] for index in indices))


def _features(table: Table, others: set[str]) -> list[str]:
    names = sorted(set(table.header) - others)
    if not names:
        raise TableError(f"{table.source}: no feature columns beside {', '.join(sorted(others))}")
    return names


def _write(table: Table, names: list[str]) -> bytes:
    columns = [(table.header.index(name), name) for name in names]
    lines = []
    for number, row in zip(table.lines, table.rows):
        lines.append(",".join(_number(row[index], table.source, number, name) for index, name in columns))
    return ("\n".join(lines) + "\n").encode()


def _number(text: str, source: str, line: int, column: str) -> str:
    try:
        value = float(text)
    except ValueError:
        raise TableError(f"{source}: line {line}: column {column!r}: {text!r} is no number") from None
    if not math.isfinite(value):
        raise TableError(f"{source}: line {line}: column {column!r}: {text!r} isn't finite")
    return text.strip()
