"""Work on many modules by several processes, each result in its turn."""

from __future__ import annotations

import gc
import marshal
import os
import signal
import sys

from s_infra.errors import SInfraError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType
    from typing import Any, BinaryIO

# Below so many a process isn't worth its start.
FEWEST = 12
# Results that may wait in a pipe, so that one long module doesn't keep the others' process waiting.
PIPE_BYTES = 1 << 20
SET_PIPE_SIZE = 1031
LENGTH_BYTES = 8


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
    """Yield what `work` makes of each task, in their order; what it makes must be of Python's plain types.

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
            stream = children[number % count][1]
            length = int.from_bytes(stream.read(LENGTH_BYTES), "big")
            result = stream.read(length)
            if not length or len(result) < length:
                raise SInfraError(
                    "the process that documents the module ended before it was done; nothing was written",
                    which=tasks[number],
                    next_step="if memory ran out: S_INFRA_DOCS_JOBS=1 has one process do the work",
                )
            yield marshal.loads(result)  # noqa: S302 - what a child of this process wrote
    finally:
        for process, stream in children:
            stream.close()
            os.kill(process, signal.SIGKILL)  # it may have ended, but is there until it's waited for
            os.waitpid(process, 0)


def _start(
    tasks: Sequence[str], work: Callable[[str], dict[str, Any]], others: list[BinaryIO]
) -> tuple[int, BinaryIO]:
    receiving, sending = os.pipe()
    try:
        import fcntl

        fcntl.fcntl(sending, SET_PIPE_SIZE, PIPE_BYTES)
    except (OSError, ImportError):
        pass
    sys.stdout.flush()
    sys.stderr.flush()
    process = os.fork()
    if process:
        os.close(sending)
        return process, os.fdopen(receiving, "rb")
    with _Ending():
        gc.freeze()
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is told, too, and ends this one
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.close(receiving)
        for stream in others:
            os.close(stream.fileno())
        with os.fdopen(sending, "wb") as stream:
            for task in tasks:
                result = marshal.dumps(work(task))
                stream.write(len(result).to_bytes(LENGTH_BYTES, "big") + result)
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
