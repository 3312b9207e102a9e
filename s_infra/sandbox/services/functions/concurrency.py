"""How many invocations run at once: a function's reserved concurrency, and the account's."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FUNCTION_LIMIT = "ReservedFunctionConcurrentInvocationLimitExceeded"
ACCOUNT_LIMIT = "ConcurrentInvocationLimitExceeded"


class ThrottledError(Exception):
    """An invocation over a limit; `reason` is that of TooManyRequestsException."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Concurrency:
    """Counts what runs. `reserved` gives a function's reservation, `account` is the account's limit."""

    def __init__(self, reserved: Callable[[str], int | None], account: int) -> None:
        self._reserved = reserved
        self._account = account
        self._running: Counter[str] = Counter()
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def one(self, name: str) -> Iterator[None]:
        """Hold a place for one invocation of a function.

        Raises:
            ThrottledError: there is none. Lambda doesn't queue.
        """
        reserved = self._reserved(name)
        with self._lock:
            if reserved is not None and self._running[name] >= reserved:
                raise ThrottledError(FUNCTION_LIMIT)
            if self._running.total() >= self._account:
                raise ThrottledError(ACCOUNT_LIMIT)
            self._running[name] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[name] -= 1
