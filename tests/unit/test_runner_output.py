"""A program's output as lines."""

from __future__ import annotations

import os
import threading

import pytest

from s_infra.runner.output import LINE_BYTES, LineReader


def lines(*parts: bytes) -> list[str]:
    read, write = os.pipe()
    found: list[str] = []
    reader = LineReader(read, found.append)
    reader.start()
    for part in parts:
        os.write(write, part)
    os.close(write)
    reader.join(5)
    return found


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((b"a\nb", b"c\n"), ["a", "bc"]),
        ((b"no end",), ["no end"]),
        ((b"\n\n",), ["", ""]),
        ((b"windows\r\n",), ["windows"]),
        ((b"10%\r50%\r100%\n",), ["100%"]),
        ((b"\xff\n",), ["�"]),
        ((), []),
    ],
)
def test_lines_are_those_that_were_printed(parts: tuple[bytes, ...], expected: list[str]) -> None:
    assert lines(*parts) == expected


def test_a_line_without_end_is_cut_and_not_kept_in_memory() -> None:
    read, write = os.pipe()
    sizes: list[int] = []
    reader = LineReader(read, lambda line: sizes.append(len(line)))
    reader.start()

    def say() -> None:
        for _ in range(64):
            os.write(write, b"x" * 65536)
        os.close(write)

    writer = threading.Thread(target=say)
    writer.start()
    writer.join(10)
    reader.join(10)
    assert sum(sizes) == 64 * 65536
    assert max(sizes) < 2 * LINE_BYTES
