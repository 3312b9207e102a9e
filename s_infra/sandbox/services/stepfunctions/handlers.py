"""Retry and Catch: what a state that can fail does about it."""

from __future__ import annotations

import dataclasses
import random
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.stepfunctions.errors import (
    ALL,
    HEARTBEAT_TIMEOUT,
    TASK_FAILED,
    TERMINAL,
    TIMEOUT,
    StateError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from s_infra.sandbox.services.stepfunctions.languages.language import Step
    from s_infra.sandbox.services.stepfunctions.visit import Visit


def handled(attempt: Callable[[Visit], Step]) -> Callable[[Visit], Step]:
    """Return what tries `attempt` again as the state's Retry says, and then does as its Catch says."""

    def try_and_catch(visit: Visit) -> Step:
        attempts: dict[int, int] = {}
        while True:
            try:
                return attempt(dataclasses.replace(visit, retries=sum(attempts.values())))
            except StateError as error:
                delay = _retry_delay(visit.state.get("Retry", []), error, attempts)
                if delay is None:
                    return _caught(visit, error)
                visit.control.wait(delay)
                # The next attempt begins anew; only a redrive goes on with what is there.
                visit.flow.enter(visit.place)

    return try_and_catch


def matches(names: Sequence[str], error: str) -> bool:
    """Tell whether an `ErrorEquals` list holds for an error's name."""
    if error in names:
        return True
    if error in TERMINAL:
        return False
    if error == HEARTBEAT_TIMEOUT and TIMEOUT in names:
        return True
    return ALL in names or (TASK_FAILED in names and error not in (TIMEOUT, HEARTBEAT_TIMEOUT))


def _retry_delay(
    retriers: Sequence[Mapping[str, Any]], error: StateError, attempts: dict[int, int]
) -> float | None:
    for index, retrier in enumerate(retriers):
        if not matches(retrier["ErrorEquals"], error.error):
            continue
        done = attempts.get(index, 0)
        if done >= retrier.get("MaxAttempts", 3):
            return None
        attempts[index] = done + 1
        delay = float(retrier.get("IntervalSeconds", 1)) * float(retrier.get("BackoffRate", 2.0)) ** done
        delay = min(delay, float(retrier.get("MaxDelaySeconds", delay)))
        jitter = retrier.get("JitterStrategy") == "FULL"
        return random.uniform(0, delay) if jitter else delay  # noqa: S311 - spreads load, guards nothing
    return None


def _caught(visit: Visit, error: StateError) -> Step:
    for catcher in visit.state.get("Catch", []):
        if matches(catcher["ErrorEquals"], error.error):
            told = {"Error": error.error, "Cause": error.cause}
            return visit.language.caught(visit, catcher, told)
    raise error
