"""Work on many modules by several processes, each result in its turn."""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from s_infra.errors import SInfraError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType
    from typing import BinaryIO

# Below so many a process isn't worth its start.
FEWEST = 12
# Results that may wait in a pipe, so that one long module doesn't keep the others' process waiting.
PIPE_BYTES = 1 << 20
SET_PIPE_SIZE = 1031
CYCLES = 20_000


def jobs() -> int:
    """Return how many processes to use: S_INFRA_DOCS_JOBS, or one for each processor.

    Raises:
        SInfraError: It's set to something other than a number from 1 on.
    """
    named = os.environ.get("S_INFRA_DOCS_JOBS")
    if not named:
        return len(os.sched_getaffinity(0))
    if not named.isdecimal() or int(named) == 0:
        raise SInfraError("S_INFRA_DOCS_JOBS is not a number from 1 on", which=named, next_step="unset it")
    return int(named)


def each(tasks: Sequence[str], work: Callable[[str], dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield what `work` makes of each task, in their order; what it makes must be JSON's.

    Ending early ends the processes.

    Raises:
        SInfraError: A process died.
    """
    count = min(jobs(), len(tasks) // FEWEST)
    if count < 2:
        yield from map(work, tasks)
        return
    children: list[tuple[int, BinaryIO]] = []
    for number in range(count):
        children.append(_start(tasks[number::count], work, [stream for _, stream in children]))
    try:
        for number in range(len(tasks)):
            line = children[number % count][1].readline()
            if not line:
                raise SInfraError(
                    "the process that documents the module ended before it was done; nothing was written",
                    which=tasks[number],
                    next_step="if memory ran out: S_INFRA_DOCS_JOBS=1 has one process do the work",
                )
            yield json.loads(line)
    finally:
        for process, stream in children:
            stream.close()
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)


def _start(
    tasks: Sequence[str], work: Callable[[str], dict[str, Any]], others: list[BinaryIO]
) -> tuple[int, BinaryIO]:
    receiving, sending = os.pipe()
    with suppress(OSError, ImportError):
        import fcntl

        fcntl.fcntl(sending, SET_PIPE_SIZE, PIPE_BYTES)
    sys.stdout.flush()
    sys.stderr.flush()
    process = os.fork()
    if process:
        os.close(sending)
        return process, os.fdopen(receiving, "rb")
    with _Ending():
        # What a module leaves is freed by counting; looking for cycles that often finds none.
        gc.freeze()
        gc.set_threshold(CYCLES)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is told, too, and ends this one
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.close(receiving)
        for stream in others:
            os.close(stream.fileno())
        with os.fdopen(sending, "wb") as stream:
            for task in tasks:
                stream.write(json.dumps(work(task)).encode() + b"\n")
                stream.flush()
    raise AssertionError("a process that was started for the work goes on after it")


class _Ending:
    """Ends the child where its work ends: none of the parent's `finally` clauses may run in it."""

    def __enter__(self) -> None:
        return

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind and error:
            sys.excepthook(kind, error, trace)
        sys.stderr.flush()
        os._exit(1 if error else 0)
