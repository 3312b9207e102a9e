"""A program's output as lines, in bounded memory whatever it prints."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

READ_BYTES = 65536
# CloudWatch's limit for one event; a longer line is cut into several.
LINE_BYTES = 256 * 1024


class LineReader(threading.Thread):
    """Reads a descriptor to its end and gives each line to `take`, in order; join it to wait for the last."""

    def __init__(self, descriptor: int, take: Callable[[str], None]) -> None:
        super().__init__(name="output", daemon=True)
        self._descriptor = descriptor
        self._take = take

    def run(self) -> None:
        """Read until every writer has closed its end."""
        pending = b""
        try:
            while data := os.read(self._descriptor, READ_BYTES):
                *lines, pending = (pending + data).split(b"\n")
                for line in lines:
                    self._give(line)
                if len(pending) >= LINE_BYTES:
                    self._give(pending)
                    pending = b""
            if pending:
                self._give(pending)
        finally:
            os.close(self._descriptor)

    def _give(self, line: bytes) -> None:
        # A progress bar writes over its own line; what stands there at the end is the line.
        text = line.rstrip(b"\r").rpartition(b"\r")[2]
        self._take(text.decode("utf-8", errors="replace"))
