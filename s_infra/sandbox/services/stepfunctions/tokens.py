"""Callbacks: the tokens of tasks that wait for one, and the operations that answer them."""

from __future__ import annotations

import json
import queue
import secrets
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.stepfunctions.errors import LARGEST_PAYLOAD_BYTES, RefusedError, StateError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.services.stepfunctions.control import Heartbeat


@dataclass
class _Waiting:
    """A task that waits: where its answer goes, and the heartbeat that it needs."""

    heartbeat: Heartbeat | None
    answer: queue.SimpleQueue[Any] = field(default_factory=queue.SimpleQueue)


class Tokens:
    """The tokens given out; one that isn't waited for any more is unknown."""

    def __init__(self) -> None:
        self._waiting: dict[str, _Waiting] = {}
        self._lock = threading.Lock()

    def new(self) -> str:
        """Return a token for a task that is about to be called."""
        return secrets.token_urlsafe(96)

    def expect(self, token: str, heartbeat: Heartbeat | None) -> queue.SimpleQueue[Any]:
        """Return where the task's answer will be: a result, or a StateError."""
        waiting = _Waiting(heartbeat)
        with self._lock:
            self._waiting[token] = waiting
        return waiting.answer

    def forget(self, token: str) -> None:
        """Answer no more to that token."""
        with self._lock:
            self._waiting.pop(token, None)

    def succeed(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """SendTaskSuccess."""
        text = str(request["output"])
        try:
            output = json.loads(text)
        except json.JSONDecodeError as error:
            raise RefusedError("InvalidOutput", f"Invalid Output: '{error}'") from error
        if len(text.encode()) > LARGEST_PAYLOAD_BYTES:
            raise RefusedError("InvalidOutput", f"The output is larger than {LARGEST_PAYLOAD_BYTES} bytes")
        self._take(request).answer.put(output)
        return {}

    def fail(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """SendTaskFailure."""
        error = StateError(str(request.get("error") or ""), str(request.get("cause") or ""))
        self._take(request).answer.put(error)
        return {}

    def beat(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """SendTaskHeartbeat."""
        with self._lock:
            waiting = self._waiting.get(str(request["taskToken"]))
        if waiting is None:
            raise _unknown()
        if waiting.heartbeat is not None:
            waiting.heartbeat.beat()
        return {}

    def _take(self, request: Mapping[str, Any]) -> _Waiting:
        with self._lock:
            waiting = self._waiting.pop(str(request["taskToken"]), None)
        if waiting is None:
            raise _unknown()
        return waiting


def _unknown() -> RefusedError:
    return RefusedError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
