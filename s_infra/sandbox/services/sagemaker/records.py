"""Cutting an object into the payloads of batch transform, and putting the answers together again."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from s_infra.sandbox.services.sagemaker.errors import JobError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Chunks:
    """Bytes or a file's content in pieces; can be gone through again."""

    content: bytes | Path

    def __iter__(self) -> Iterator[bytes]:
        with io.BytesIO(self.content) if isinstance(self.content, bytes) else self.content.open("rb") as body:
            while piece := body.read(CHUNK_BYTES):
                yield piece


@dataclass(frozen=True)
class Payload:
    """What one call sends, and the records of the input that it was made from, if they are needed later."""

    body: bytes | Chunks
    records: tuple[bytes, ...] = ()


def payloads(
    source: Path,
    *,
    split: bool,
    several: bool,
    limit: int,
    where: str,
    sent: Callable[[bytes], bytes] | None = None,
) -> Iterator[Payload]:
    """Yield the payloads of one object: whole, a line each, or as many lines as fit into `limit` bytes.

    `limit` 0 is none: then an object that isn't cut into single lines is sent from the file as it is. Lines
    keep their order and their line ends. `sent` says what is sent of a record; with it records are kept.

    Raises:
        JobError: a record alone is over the limit.
    """
    if not limit and sent is None and (several or not split):
        yield Payload(Chunks(source))
        return
    with source.open("rb") as body:
        for batch in _batches(body, split=split, several=several, limit=limit, where=where, sent=sent):
            pieces = b"".join(piece for _, piece in batch)
            yield Payload(pieces, tuple(record for record, _ in batch) if sent is not None else ())


def _batches(
    body: BinaryIO,
    *,
    split: bool,
    several: bool,
    limit: int,
    where: str,
    sent: Callable[[bytes], bytes] | None,
) -> Iterator[list[tuple[bytes, bytes]]]:
    batch: list[tuple[bytes, bytes]] = []
    size = 0
    # One byte more than may be: enough to see that a record is too long without reading all of it.
    longest = limit + 1 if limit and sent is None else -1
    for record in _lines(body, longest) if split else [body.read(longest)]:
        piece = record if sent is None else sent(record)
        if limit and len(piece) > limit:
            raise JobError(
                f"ClientError: {where}: a record is larger than MaxPayloadInMB allows "
                f"({limit // (1 << 20)} MB)"
            )
        if batch and (not several or (limit and size + len(piece) > limit)):
            yield batch
            batch, size = [], 0
        batch.append((record, piece))
        size += len(piece)
    if batch:
        yield batch


def _lines(body: BinaryIO, longest: int) -> Iterator[bytes]:
    while line := body.readline(longest):
        yield line


def assembled(answers: Iterable[bytes], *, by_line: bool) -> Iterator[bytes]:
    """Yield the answers as they are written to the output; by line each ends with a line break."""
    for answer in answers:
        yield answer
        if by_line and not answer.endswith(b"\n"):
            yield b"\n"
