"""Follows an execution state by state, and says what failed."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from s_infra.aws import error_code, explained
from s_infra.errors import SInfraError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RUNNING = ("RUNNING", "PENDING_REDRIVE")
HISTORY_EVERY_S = 0.8
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 2.0


@dataclass(frozen=True)
class Stage:
    """One state that was entered; `seconds` is None while it runs or when it never ended."""

    state: str
    seconds: float | None


@dataclass(frozen=True)
class Outcome:
    """How an execution stands: its status as Step Functions names it, and what each state took."""

    execution_arn: str
    status: str
    stages: tuple[Stage, ...]
    output: dict[str, Any] | None = None
    error: str | None = None
    cause: str | None = None

    @property
    def seconds_by_state(self) -> dict[str, float]:
        """What each state took, in the order in which they were first entered, all its visits together."""
        taken = dict.fromkeys((stage.state for stage in self.stages), 0.0)
        for stage in self.stages:
            taken[stage.state] += stage.seconds or 0.0
        return taken

    @property
    def failed_state(self) -> str | None:
        """The state that was entered and never left, if the execution failed."""
        if self.status in ("SUCCEEDED", *RUNNING):
            return None
        return next((stage.state for stage in reversed(self.stages) if stage.seconds is None), None)


def follow(
    execution_arn: str,
    states: Any,
    on_stage: Callable[[Stage], None] | None = None,
    *,
    start_within: float = 60.0,
) -> Outcome:
    """Wait until the execution ends; `on_stage` is told of each state as it is entered and as it is left, or
    once if both were seen together.

    Raises:
        SInfraError: the execution hasn't begun after `start_within` seconds, or AWS can't be asked.
    """
    begun = time.monotonic()
    told: list[Stage] = []
    next_look = 0.0
    while True:
        described = _described(execution_arn, states)
        if described is None:
            if time.monotonic() > begun + start_within:
                raise SInfraError(
                    f"nothing has started within {start_within:.0f} s",
                    which=execution_arn,
                    next_step="look at the trigger's dead-letter queue and the starting function's log",
                )
        elif described["status"] not in RUNNING or time.monotonic() >= next_look:
            # The history is long, and read whole each time; the status is one small answer.
            outcome = _outcome(described, states)
            next_look = time.monotonic() + HISTORY_EVERY_S
            for index, stage in enumerate(outcome.stages):
                if on_stage is not None and told[index : index + 1] != [stage]:
                    told[index : index + 1] = [stage]
                    on_stage(stage)
            if outcome.status not in RUNNING:
                return outcome
        # A run in an account takes an hour, and AWS allows some 15 of these a second in all.
        time.sleep(min(max(SHORTEST_PAUSE_S, (time.monotonic() - begun) / 50), LONGEST_PAUSE_S))


def read(execution_arn: str, states: Any) -> Outcome | None:
    """Return how the execution stands, or None if there is none of that name."""
    described = _described(execution_arn, states)
    return None if described is None else _outcome(described, states)


def _described(execution_arn: str, states: Any) -> dict[str, Any] | None:
    with explained(execution_arn):
        try:
            described: dict[str, Any] = states.describe_execution(executionArn=execution_arn)
        except ClientError as error:
            if error_code(error) == "ExecutionDoesNotExist":
                return None
            raise
    return described


def _outcome(described: dict[str, Any], states: Any) -> Outcome:
    arn = described["executionArn"]
    with explained(arn):
        pages = states.get_paginator("get_execution_history").paginate(executionArn=arn)
        events = [event for page in pages for event in page["events"]]
    return Outcome(
        execution_arn=arn,
        status=described["status"],
        stages=stages(events),
        output=json.loads(described["output"]) if described.get("output") else None,
        error=described.get("error"),
        cause=described.get("cause"),
    )


def stages(events: Sequence[dict[str, Any]]) -> tuple[Stage, ...]:
    """Return the states of an execution history in the order in which they were entered."""
    entered: list[tuple[str, Any, float | None]] = []
    for event in events:
        if "stateEnteredEventDetails" in event:
            entered.append((event["stateEnteredEventDetails"]["name"], event["timestamp"], None))
        elif "stateExitedEventDetails" in event:
            name = event["stateExitedEventDetails"]["name"]
            for index in reversed(range(len(entered))):
                state, begun, seconds = entered[index]
                if state == name and seconds is None:
                    entered[index] = (state, begun, (event["timestamp"] - begun).total_seconds())
                    break
    return tuple(Stage(state, seconds) for state, _, seconds in entered)
