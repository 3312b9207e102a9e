"""Asynchronous invocations: Lambda's queue of events, with its retries, its ages and its ends."""

from __future__ import annotations

import json
import logging
import threading
import uuid
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.clock import Fired
from s_infra.sandbox.services.functions.concurrency import ThrottledError
from s_infra.sandbox.services.functions.function import NotFoundError
from s_infra.sandbox.services.functions.invoker import Invocation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Executor

    from s_infra.sandbox.clock import Clock
    from s_infra.sandbox.services.functions.destinations import Destinations
    from s_infra.sandbox.services.functions.function import Registry
    from s_infra.sandbox.services.functions.invoker import Invoker

logger = logging.getLogger(__name__)
# AWS waits a minute before the first of its retries and two before the second.
RETRY_DELAYS_S = (60.0, 120.0)
DEFAULT_RETRIES = 2
DEFAULT_MOST_AGE_S = 21_600
LONGEST_THROTTLE_DELAY_S = 300.0


@dataclass
class Event:
    """An event on its way to a function; times are in seconds since 1970."""

    name: str
    qualifier: str | None
    payload: str
    request_id: str
    received: float
    due: float
    attempts: int = 0
    throttled: int = 0


class Events:
    """Holds events until their function has taken them or they are given up, by the sandbox's clock."""

    def __init__(
        self,
        registry: Registry,
        invoker: Invoker,
        destinations: Destinations,
        threads: Executor,
        clock: Clock,
    ) -> None:
        self._registry = registry
        self._invoker = invoker
        self._destinations = destinations
        self._threads = threads
        self._clock = clock
        self._events: dict[str, Event] = {}
        self._lock = threading.Lock()

    def put(self, name: str, qualifier: str | None, payload: bytes, request_id: str | None = None) -> None:
        """Have the function invoked with `payload`, soon."""
        now = self._clock.now()
        request_id = request_id or str(uuid.uuid4())
        self._take(Event(name, qualifier, payload.decode(), request_id, received=now, due=now))

    def dumped(self) -> tuple[list[dict[str, Any]], Sequence[str]]:
        """Return the events that are still to be dealt with, and that none of them is lost."""
        with self._lock:
            return [asdict(event) for event in self._events.values()], ()

    def restore(self, content: Sequence[Mapping[str, Any]]) -> None:
        """Take up what `dumped` gave."""
        for fields in content:
            self._take(Event(**fields))

    def _take(self, event: Event) -> None:
        with self._lock:
            self._events[event.request_id] = event
        if event.due <= self._clock.now():
            self._threads.submit(self._attempt, event)
        else:
            self._clock.at(event.due, lambda moment: self._again(event, moment))

    def _again(self, event: Event, moment: float) -> list[Fired]:
        # In another thread: the clock goes on meanwhile.
        self._threads.submit(self._attempt, event)
        return [Fired(moment, "event of a function", event.name, f"attempt {event.attempts + 1}")]

    def _attempt(self, event: Event) -> None:
        try:
            function = self._registry.find(event.name, event.qualifier)
        except NotFoundError as missing:
            logger.warning("an event for %s is dropped: there is no such function", missing)
            self._done(event)
            return
        config = self._registry.event_invoke_config(event.name, event.qualifier)
        most_age = config.get("MaximumEventAgeInSeconds") or DEFAULT_MOST_AGE_S
        if (event.attempts or event.throttled) and self._clock.now() >= event.received + most_age:
            self._give_up(event, "EventAgeExceeded", None)
            return
        arn = function.arn + (f":{event.qualifier}" if event.qualifier else "")
        invocation = Invocation(function, event.payload.encode(), event.request_id, arn)
        try:
            outcome = self._invoker.invoke(invocation)
        except (ThrottledError, OSError):
            delay = min(2.0**event.throttled, LONGEST_THROTTLE_DELAY_S)
            event.throttled += 1
            event.due = min(self._clock.now() + delay, event.received + most_age)
            self._take(event)
            return
        event.attempts += 1
        if outcome.error is None:
            self._done(event)
            self._destinations.succeeded(event, function, config, outcome)
            return
        retries = config.get("MaximumRetryAttempts")
        if event.attempts > (DEFAULT_RETRIES if retries is None else retries):
            self._give_up(event, "RetriesExhausted", json.loads(outcome.payload))
            return
        delay = RETRY_DELAYS_S[min(event.attempts, len(RETRY_DELAYS_S)) - 1]
        event.due = min(self._clock.now() + delay, event.received + most_age)
        self._take(event)

    def _give_up(self, event: Event, condition: str, answer: Any) -> None:
        self._done(event)
        try:
            function = self._registry.find(event.name, event.qualifier)
        except NotFoundError:
            return
        config = self._registry.event_invoke_config(event.name, event.qualifier)
        self._destinations.failed(event, function, config, condition, answer)

    def _done(self, event: Event) -> None:
        with self._lock:
            self._events.pop(event.request_id, None)
