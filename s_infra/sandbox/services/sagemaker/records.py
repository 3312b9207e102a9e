"""Cutting an object into the payloads of batch transform, and putting the answers together again."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from s_infra.sandbox.services.sagemaker.errors import JobError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def payloads(body: BinaryIO, *, split: bool, several: bool, limit: int, where: str) -> Iterator[bytes]:
    """Yield the payloads of one object: whole, a line each, or as many lines as fit into `limit` bytes.

    `limit` 0 is none. Lines keep their order and their line ends.

    Raises:
        JobError: a record alone is over the limit.
    """
    if not split:
        whole = body.read(limit + 1) if limit else body.read()
        _check(len(whole), limit, where)
        yield whole
        return
    batch: list[bytes] = []
    size = 0
    for line in _lines(body, limit, where):
        if batch and (not several or (limit and size + len(line) > limit)):
            yield b"".join(batch)
            batch, size = [], 0
        batch.append(line)
        size += len(line)
    if batch:
        yield b"".join(batch)


def _lines(body: BinaryIO, limit: int, where: str) -> Iterator[bytes]:
    # One byte more than may be: enough to see that a line is too long without reading all of it.
    while line := body.readline(limit + 1 if limit else -1):
        _check(len(line), limit, where)
        yield line


def _check(size: int, limit: int, where: str) -> None:
    if limit and size > limit:
        raise JobError(
            f"ClientError: {where}: a record is larger than MaxPayloadInMB allows ({limit // (1 << 20)} MB)"
        )


def assembled(answers: Iterable[bytes], *, by_line: bool) -> Iterator[bytes]:
    """Yield the answers as they are written to the output; by line each ends with a line break."""
    for answer in answers:
        yield answer
        if by_line and not answer.endswith(b"\n"):
            yield b"\n"
