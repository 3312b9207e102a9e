"""Lambda's asynchronous events: when they are tried again, and when they are given up."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from s_infra.sandbox.clock import Clock
from s_infra.sandbox.services.functions.asynchronous import Event, Events
from s_infra.sandbox.services.functions.concurrency import Concurrency, ThrottledError
from s_infra.sandbox.services.functions.function import Registry
from s_infra.sandbox.services.functions.invoker import Invocation, Outcome


class Lambda:
    """As much of the base's Lambda as the registry asks for."""

    def __init__(self, **config: Any) -> None:
        self._config = config
        self._functions = {"f": {"config": {"FunctionName": "f", "RevisionId": "1"}}}

    def _get_func_record_for_qualifier(self, name: str, qualifier: str | None) -> tuple[Any, Any]:
        record = self._functions.get(name)
        return record, record and record["config"]

    def _event_invoke_config(self, record: Any, qualifier: str | None) -> dict[str, Any]:
        return self._config


class World:
    """A clock that the test moves, a function that does as it is told, and what came of events."""

    def __init__(self, outcomes: list[str], **config: Any) -> None:
        self.clock = Clock()
        self.begun = self.clock.now()
        self.outcomes = outcomes
        self.attempts: list[int] = []
        self.told: list[tuple[str, int]] = []
        registry = Registry(Lambda(**config), "us-east-1", "000000000000")
        self.threads = ThreadPoolExecutor(1)
        self.events = Events(registry, self, self, self.threads, self.clock)  # type: ignore[arg-type]

    def invoke(self, invocation: Invocation) -> Outcome:
        self.attempts.append(round(self.clock.now() - self.begun))
        outcome = self.outcomes.pop(0)
        if outcome == "throttled":
            raise ThrottledError("any")
        error = "Unhandled" if outcome == "error" else None
        return Outcome(json.dumps({"errorMessage": outcome}).encode(), error, b"")

    def succeeded(self, event: Event, *_: Any) -> None:
        self.told.append(("Success", event.attempts))

    def failed(self, event: Event, _function: Any, _config: Any, condition: str, _answer: Any) -> None:
        self.told.append((condition, event.attempts))

    def run(self, seconds: float, step: float = 1.0) -> None:
        """Move the clock, and let at each step happen what has to."""
        for _ in range(int(seconds / step)):
            self.threads.submit(int).result()
            self.clock.forward(step)
        self.threads.submit(int).result()


def test_a_failure_is_tried_again_after_one_and_two_minutes() -> None:
    world = World(["error", "error", "error"])
    world.events.put("f", None, b"{}")
    world.run(300, step=5)
    assert world.attempts == [0, 60, 180]
    assert world.told == [("RetriesExhausted", 3)]


def test_a_success_ends_it() -> None:
    world = World(["error", "well"])
    world.events.put("f", None, b"{}")
    world.run(300, step=10)
    assert world.attempts == [0, 60]
    assert world.told == [("Success", 2)]


def test_its_retries_can_be_fewer() -> None:
    world = World(["error"], MaximumRetryAttempts=0)
    world.events.put("f", None, b"{}")
    world.run(100, step=10)
    assert world.told == [("RetriesExhausted", 1)]


def test_an_old_event_is_given_up() -> None:
    world = World(["error", "error"], MaximumEventAgeInSeconds=90)
    world.events.put("f", None, b"{}")
    world.run(300, step=10)
    assert world.attempts == [0, 60]
    assert world.told == [("EventAgeExceeded", 2)]


def test_a_throttled_event_waits_longer_each_time_and_is_no_attempt() -> None:
    world = World(["throttled"] * 4 + ["well"])
    world.events.put("f", None, b"{}")
    world.run(30)
    assert world.attempts == [0, 1, 3, 7, 15]
    assert world.told == [("Success", 1)]


def test_what_waits_is_kept_and_taken_up_again() -> None:
    world = World(["error"])
    world.events.put("f", "live", b'{"n": 1}', "id")
    world.run(10)
    kept, lost = world.events.dumped()
    assert list(lost) == []
    other = World(["well"])
    other.clock.forward(world.clock.now() - other.clock.now())
    other.events.restore(json.loads(json.dumps(kept)))
    other.run(60, step=10)
    assert other.told == [("Success", 2)]


def test_the_account_has_a_limit_too() -> None:
    concurrency = Concurrency(lambda _: None, account=1)
    with concurrency.one("a"), pytest.raises(ThrottledError, match="ConcurrentInvocationLimitExceeded"):
        concurrency.one("b").__enter__()
    with concurrency.one("b"):
        pass
