"""A call that fails is tried again, later each time, until the retry policy says that it's enough."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from s_infra.sandbox.base import Base
from s_infra.sandbox.clock import Clock
from s_infra.sandbox.services.schedules import service, targets
from s_infra.sandbox.services.schedules.targets import DeliveryError

TARGET = {"Arn": "arn:aws:lambda:us-east-1:000000000000:function:f", "RoleArn": "arn:aws:iam::0:role/r"}


@dataclass
class Standing:
    """In a sandbox's place: what a schedule needs of it."""

    clock: Clock = field(default_factory=Clock)
    region: str = "us-east-1"
    account_id: str = "000000000000"
    sent: list[dict[str, Any]] = field(default_factory=list)

    @property
    def sessions(self) -> Any:
        return self

    def of(self, *_: str) -> None:
        return None

    def client(self, name: str, _session: None = None) -> Any:
        assert name == "sqs"
        return self

    def get_queue_url(self, **given: Any) -> dict[str, str]:
        return {"QueueUrl": "http://queue"}

    def send_message(self, **given: Any) -> None:
        self.sent.append(given)


def schedule(base: Standing, monkeypatch: pytest.MonkeyPatch, policy: dict[str, int]) -> service.Scheduler:
    monkeypatch.setattr(targets, "check", lambda *_: None)
    made = service.Scheduler(cast("Base", base))
    letters = {"Arn": "arn:aws:sqs:us-east-1:000000000000:letters"}
    given = {"Name": "s", "ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": {"Mode": "OFF"}}
    made.create_schedule({**given, "Target": {**TARGET, "RetryPolicy": policy, "DeadLetterConfig": letters}})
    return made


def test_it_is_tried_until_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    base, tried, turns = Standing(), [], itertools.count(1)
    begun = base.clock.now()

    def call(*_: Any) -> str:
        tried.append(round(base.clock.now() - begun))
        if next(turns) < 4:
            raise DeliveryError("ThrottlingException", "slow down", again=True)
        return "lambda:Invoke"

    monkeypatch.setattr(targets, "call", call)
    schedule(base, monkeypatch, {})
    fired = base.clock.forward(3600)
    assert tried == [0, 2, 6, 14]
    assert [one.what.partition(":")[0] for one in fired] == ["failed", "failed", "failed", "lambda"]
    assert base.sent == []


@pytest.mark.parametrize(
    ("policy", "again", "retries", "exhausted"),
    [
        ({"MaximumRetryAttempts": 2}, True, "2", "MaximumRetryAttempts"),
        ({"MaximumEventAgeInSeconds": 60}, True, "4", "MaximumEventAgeInSeconds"),
        ({}, False, "0", None),
    ],
)
def test_what_is_given_up_is_a_dead_letter(
    monkeypatch: pytest.MonkeyPatch, policy: dict[str, int], again: bool, retries: str, exhausted: str | None
) -> None:
    base = Standing()

    def call(*_: Any) -> str:
        raise DeliveryError("SomeException", "it failed", again=again)

    monkeypatch.setattr(targets, "call", call)
    schedule(base, monkeypatch, policy)
    base.clock.forward(3600)
    (letter,) = base.sent
    told = {name: one["StringValue"] for name, one in letter["MessageAttributes"].items()}
    assert told["RETRY_ATTEMPTS"] == retries
    assert told.get("EXHAUSTED_RETRY_CONDITION") == exhausted
    assert (told["ERROR_CODE"], told["ERROR_MESSAGE"]) == ("SomeException", "it failed")
