"""What can end a state's work early: a stopped execution, the machine's time, the task's time."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from s_infra.sandbox.services.stepfunctions.errors import TIMEOUT, ExecutionEndedError, StateError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
FOREVER_S = threading.TIMEOUT_MAX


@dataclass(frozen=True)
class Control:
    """`ended` is set when the execution is stopped; deadlines are in `time.monotonic` seconds."""

    ended: threading.Event
    machine_deadline: float | None = None
    task_deadline: float | None = None

    def check(self) -> None:
        """Raise ExecutionEndedError or StateError `States.Timeout` when it is time to give up."""
        now = time.monotonic()
        if self.ended.is_set() or (self.machine_deadline is not None and now >= self.machine_deadline):
            raise ExecutionEndedError
        if self.task_deadline is not None and now >= self.task_deadline:
            raise StateError(TIMEOUT, "")

    def wait(self, seconds: float) -> None:
        """Wait that long, or until it is time to give up, which is raised as `check` does."""
        deadlines = [time.monotonic() + seconds, self.machine_deadline, self.task_deadline]
        until = min(deadline for deadline in deadlines if deadline is not None)
        self.ended.wait(min(max(0.0, until - time.monotonic()), FOREVER_S))
        self.check()

    def call(self, function: Callable[[], T]) -> T:
        """Return `function()`; at a deadline give up on it, whatever it answers later."""
        if self.task_deadline is None and self.machine_deadline is None:
            result = function()
            self.check()
            return result
        outcome: queue.SimpleQueue[tuple[T | None, Exception | None]] = queue.SimpleQueue()
        threading.Thread(target=_into, args=(outcome, function), daemon=True).start()
        while True:
            try:
                answer, error = outcome.get(timeout=0.05)
            except queue.Empty:
                self.check()
                continue
            if error is not None:
                raise error
            return answer  # type: ignore[return-value]  # with no error there is an answer


def _into(outcome: queue.SimpleQueue[Any], function: Callable[[], object]) -> None:
    try:
        outcome.put((function(), None))
    except Exception as error:  # noqa: BLE001 - it is raised again in the thread that waits
        outcome.put((None, error))
