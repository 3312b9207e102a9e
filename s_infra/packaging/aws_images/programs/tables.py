"""Data as the XGBoost algorithm takes it: text/csv with the label first and no header, or text/libsvm."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import xgboost
from scipy.sparse import csr_matrix

if TYPE_CHECKING:
    from pathlib import Path

CSV = ("text/csv",)
LIBSVM = ("text/libsvm", "text/x-libsvm")


class TableError(Exception):
    """Data that can't be read as what it is said to be."""


def kind(content_type: str) -> str:
    """Return `csv` or `libsvm` for a Content-Type, whose parameters are left out of account.

    Raises:
        TableError: it is another.
    """
    name = content_type.partition(";")[0].strip().lower()
    if name in CSV:
        return "csv"
    if name in LIBSVM:
        return "libsvm"
    raise TableError(
        f"s-infra sandbox: the content type {content_type} isn't carried out; text/csv and text/libsvm are"
    )


def channel(folder: Path, content_type: str, *, weighted: bool) -> Any:
    """Return a channel's files as one xgboost.DMatrix with labels; `weighted`: the second column weighs."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    texts = [path.read_text() for path in files]
    if not any(text.strip() for text in texts):
        raise TableError(f"there is no data in {folder}")
    if kind(content_type) == "libsvm":
        values, labels = _sparse("\n".join(texts), with_label=True)
        return xgboost.DMatrix(values, label=labels)
    table = np.concatenate(
        [_dense(text, path.name) for path, text in zip(files, texts, strict=True) if text.strip()]
    )
    first = 2 if weighted else 1
    if table.shape[1] <= first:
        raise TableError(f"the data in {folder} has {table.shape[1]} columns, and no feature among them")
    return xgboost.DMatrix(table[:, first:], label=table[:, 0], weight=table[:, 1] if weighted else None)


def payload(body: bytes, content_type: str, features: int) -> Any:
    """Return what is to be predicted; `features` is the number that the model was trained with."""
    text = body.decode("utf-8").strip()
    if kind(content_type) == "libsvm":
        return xgboost.DMatrix(_sparse(text, with_label=False, columns=features)[0])
    table = _dense(text, "payload")
    if table.shape[1] != features:
        raise TableError(f"the payload has {table.shape[1]} features, the model was trained with {features}")
    return xgboost.DMatrix(table)


def _dense(text: str, name: str) -> Any:
    first = text.lstrip().partition("\n")[0].split(",")
    strange = [cell for cell in first if cell.strip() and not _is_number(cell)]
    if strange:
        raise TableError(
            f"{name}: {strange[0].strip()!r} in its first line is no number; CSV comes without a header"
        )
    try:
        # An empty cell is a missing value.
        table = np.genfromtxt(io.StringIO(text), delimiter=",", dtype=np.float32, ndmin=2, invalid_raise=True)
    except ValueError as error:
        raise TableError(f"{name} is no CSV: {error}") from error
    return table


def _sparse(text: str, *, with_label: bool, columns: int | None = None) -> tuple[Any, Any]:
    labels: list[float] = []
    starts, indices, values = [0], list[int](), list[float]()
    for number, line in enumerate(text.splitlines(), start=1):
        cells = line.split()
        if not cells:
            continue
        try:
            if ":" not in cells[0]:
                labels.append(float(cells.pop(0)))
            elif with_label:
                raise ValueError("its label is missing")
            for cell in cells:
                index, _, value = cell.partition(":")
                indices.append(int(index))
                values.append(float(value))
        except ValueError as error:
            raise TableError(f"line {number} is no libsvm: {error}") from error
        starts.append(len(indices))
    wide = max(indices, default=0) + 1
    if columns is not None and wide > columns:
        raise TableError(f"the payload has a feature {wide - 1}, the model was trained with {columns}")
    shape = (len(starts) - 1, columns or wide)
    return csr_matrix((values, indices, starts), shape=shape, dtype=np.float32), np.array(labels)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
