"""What an object's bytes are: CSV, JSON or Parquet, with columns and their types in Hive's words.

As AWS's built-in classifiers, as far as they are documented and as the tables that they made show; see
docs/decisions/crawlers.md.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from s_infra.sandbox.services.glue.classify import delimited, documents, parquet
from s_infra.sandbox.services.glue.errors import invalid

if TYPE_CHECKING:
    from s_infra.sandbox.services.glue.classify.types import Column

# What is read of an object to classify it; of a Parquet object it is the end.
SAMPLE_BYTES = 1 << 20
# Formats that AWS classifies, and that aren't classified here, by their first bytes.
FOREIGN = {
    b"ORC": "ORC",
    b"Obj\x01": "Avro",
    b"\xe0\x01\x00\xea": "Ion",
    b"PK\x03\x04": "ZIP",
    b"\xfd7zXZ": "XZ",
    b"<": "XML",
}
Read = Callable[[int, int], bytes]
"""Reads an object's bytes from the first place to the second, both included."""


@dataclass(frozen=True)
class Kind:
    """An object's classification; `records` is as AWS counts them, from what was read."""

    classification: str
    columns: tuple[Column, ...] = ()
    compression: str = "none"
    delimiter: str | None = None
    header: bool = False
    quoted: bool = False
    records: int = 0
    paths: tuple[str, ...] = field(default=())


def classify(name: str, size: int, read: Read) -> Kind:
    """Return what an object of `size` bytes is.

    Raises GlueError for a format that AWS classifies and the sandbox doesn't, or one that breaks off.
    """
    found = _kind(name, size, read)
    names = [column.name for column in found.columns]
    twice = sorted({one for one in names if names.count(one) > 1})
    if twice:
        raise invalid(f"Duplicate column names: {', '.join(twice)} ({name})")
    return found


def _kind(name: str, size: int, read: Read) -> Kind:
    start = read(0, min(size, SAMPLE_BYTES) - 1)
    if start.startswith(b"PAR1"):
        footer = parquet.footer(size, read)
        return Kind("parquet", footer.columns, records=footer.rows)
    plain, compression = _plain(name, start)
    whole = len(start) == size
    for prefix, called in FOREIGN.items():
        if plain.startswith(prefix):
            raise invalid(f"s-infra sandbox: glue:StartCrawler {called} ({name}) isn't carried out")
    text = plain.decode("utf-8-sig", errors="replace")
    # A line that the sample cuts isn't judged.
    if not whole and "\n" in text:
        text = text[: text.rindex("\n") + 1]
    share = size / max(len(start), 1)
    if (document := documents.read(text, complete=whole)) is not None:
        columns, paths, count = document
        return Kind("json", columns, compression, records=round(count * share), paths=paths)
    if (table := delimited.read(text)) is not None:
        return Kind(
            "csv",
            table.columns,
            compression,
            delimiter=table.delimiter,
            header=table.header,
            quoted=table.quoted,
            records=round(table.records * share),
        )
    return Kind("UNKNOWN", compression=compression)


def _plain(name: str, start: bytes) -> tuple[bytes, str]:
    if start.startswith(b"\x1f\x8b"):
        return _decompressed(name, gzip.GzipFile(fileobj=io.BytesIO(start))), "gzip"
    if start.startswith(b"BZh"):
        return _decompressed(name, bz2.BZ2File(io.BytesIO(start))), "bzip2"
    return start, "none"


def _decompressed(name: str, file: gzip.GzipFile | bz2.BZ2File) -> bytes:
    found = bytearray()
    try:
        while len(found) < SAMPLE_BYTES and (part := file.read(64 << 10)):
            found += part
    except (EOFError, OSError, zlib.error, lzma.LZMAError) as error:
        # The sample may end in the middle of the stream.
        if not found:
            raise invalid(f"{name} can't be decompressed: {error}") from error
    return bytes(found)
