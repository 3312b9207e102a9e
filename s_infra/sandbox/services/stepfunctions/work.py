"""Several pieces of work at once, failing together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator

from s_infra.sandbox.services.stepfunctions.errors import ExecutionEndedError

Work = Callable[[], None]


class _Failing:
    """Hands works out until one fails, and remembers why."""

    def __init__(self, works: Iterable[Work], stop: Callable[[], None]) -> None:
        self._works: Iterator[Work] = iter(works)
        self._stop = stop
        self._lock = threading.Lock()
        self.error: Exception | None = None
        self._over = False

    def run(self) -> None:
        """Do works until there is none left."""
        while (work := self._next()) is not None:
            try:
                work()
            except ExecutionEndedError:
                self._over = True
            except Exception as error:  # noqa: BLE001 - the caller of `all_of` gets it
                self._fail(error)

    def _next(self) -> Work | None:
        with self._lock:
            return None if self._over else next(self._works, None)

    def _fail(self, error: Exception) -> None:
        with self._lock:
            self._over = True
            if self.error is None:
                self.error = error
        self._stop()


def all_of(works: Iterable[Work], limit: int, stop: Callable[[], None]) -> Exception | None:
    """Do all works, at most `limit` at once, and return when all threads have ended.

    The first that raises has `stop` called, which is to end the others, and no other is begun; its error is
    returned. ExecutionEndedError is no failure: somebody has stopped the work already.
    """
    shared = _Failing(works, stop)
    others = [threading.Thread(target=shared.run, daemon=True) for _ in range(limit - 1)]
    for thread in others:
        thread.start()
    shared.run()
    for thread in others:
        thread.join()
    return shared.error
