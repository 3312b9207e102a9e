"""What can end a state's work early: a halt, the machine's time, the task's time or heartbeat."""

from __future__ import annotations

import contextlib
import functools
import queue
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from s_infra.sandbox.services.stepfunctions.errors import (
    HEARTBEAT_TIMEOUT,
    TIMEOUT,
    ExecutionEndedError,
    StateError,
)
from s_infra.sandbox.threads import Threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")
FOREVER_S = threading.TIMEOUT_MAX
LOOK_EVERY_S = 0.05
CALLS = Threads("call")


class Halt:
    """Set once, it ends the work of those who look at it, and of the scopes within it."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._inner: list[Halt] = []

    def set(self) -> None:
        """End the work, here and in all scopes within."""
        with self._lock:
            self._event.set()
            inner = list(self._inner)
        for one in inner:
            one.set()

    def is_set(self) -> bool:
        """Tell whether the work is to end."""
        return self._event.is_set()

    def wait(self, seconds: float) -> None:
        """Wait that long at most."""
        self._event.wait(min(max(0.0, seconds), FOREVER_S))

    @contextlib.contextmanager
    def scope(self) -> Iterator[Halt]:
        """Give a halt that is set with this one, and can be set without it."""
        inner = Halt()
        with self._lock:
            self._inner.append(inner)
            if self._event.is_set():
                inner._event.set()
        try:
            yield inner
        finally:
            with self._lock:
                self._inner.remove(inner)


@dataclass
class Heartbeat:
    """A task that has to be heard of every so many seconds."""

    seconds: float
    last: float = field(default_factory=time.monotonic)

    def beat(self) -> None:
        """Note that the task was heard of."""
        self.last = time.monotonic()

    @property
    def deadline(self) -> float:
        """Until when, in `time.monotonic` seconds, it has to be heard of again."""
        return self.last + self.seconds


@dataclass(frozen=True)
class Control:
    """Deadlines are in `time.monotonic` seconds. `alone`: nobody waits for the work once it is halted."""

    halt: Halt
    machine_deadline: float | None = None
    task_deadline: float | None = None
    heartbeat: Heartbeat | None = None
    alone: bool = True

    def check(self) -> None:
        """Raise ExecutionEndedError or StateError `States.Timeout` when it is time to give up."""
        now = time.monotonic()
        if self.halt.is_set() or (self.machine_deadline is not None and now >= self.machine_deadline):
            raise ExecutionEndedError
        if self.task_deadline is not None and now >= self.task_deadline:
            raise StateError(TIMEOUT, "")
        if self.heartbeat is not None and now >= self.heartbeat.deadline:
            raise StateError(HEARTBEAT_TIMEOUT, "")

    def wait(self, seconds: float) -> None:
        """Wait that long, or until it is time to give up, which is raised as `check` does."""
        beat = None if self.heartbeat is None else self.heartbeat.deadline
        deadlines = [time.monotonic() + seconds, self.machine_deadline, self.task_deadline, beat]
        self.halt.wait(min(deadline for deadline in deadlines if deadline is not None) - time.monotonic())
        self.check()

    def wait_for(self, box: queue.SimpleQueue[Any], seconds: float) -> None:
        """Wait until something is put into `box`, that long at most, or until it is time to give up."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.check()
            with contextlib.suppress(queue.Empty):
                box.get(timeout=min(left, LOOK_EVERY_S))
                break
        self.check()

    def call(self, function: Callable[[], T]) -> T:
        """Return `function()`; when it is time to give up, do, whatever it answers later."""
        if self.alone and self.task_deadline is None and self.machine_deadline is None:
            result = function()
            self.check()
            return result
        outcome: queue.SimpleQueue[tuple[T | None, Exception | None]] = queue.SimpleQueue()
        CALLS.run(functools.partial(_into, outcome, function))
        answer, error = self.take(outcome)
        if error is not None:
            raise error
        return answer  # type: ignore[return-value]  # with no error there is an answer

    def take(self, box: queue.SimpleQueue[T]) -> T:
        """Return what is put into `box`, unless it is time to give up before."""
        while True:
            self.check()
            with contextlib.suppress(queue.Empty):
                return box.get(timeout=LOOK_EVERY_S)


def _into(outcome: queue.SimpleQueue[Any], function: Callable[[], object]) -> None:
    try:
        outcome.put((function(), None))
    except Exception as error:  # noqa: BLE001 - it is raised again in the thread that waits
        outcome.put((None, error))
