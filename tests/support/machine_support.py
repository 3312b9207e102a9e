"""Makes state machines, runs them, and reads their histories."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Clients = Callable[[str], Any]
ROLE = "arn:aws:iam::000000000000:role/machine"
ENDED = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")
States = dict[str, Any]


def definition(states: States, **fields: Any) -> str:
    """Return a machine of these states in JSONata; the first is where it starts."""
    return json.dumps({"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states, **fields})


def branch(states: States) -> dict[str, Any]:
    """Return a branch, or a Map's processor, of these states."""
    return {"StartAt": next(iter(states)), "States": states}


def call(resource: str, arguments: Any, **fields: Any) -> dict[str, Any]:
    """Return a task, which ends its machine unless it has a `Next`."""
    end = {} if "Next" in fields else {"End": True}
    return {
        "Type": "Task",
        "Resource": f"arn:aws:states:::{resource}",
        "Arguments": arguments,
        **end,
        **fields,
    }


@dataclass(frozen=True)
class Runs:
    """Machines in a sandbox, and their executions."""

    clients: Clients

    @property
    def states(self) -> Any:
        return self.clients("stepfunctions")

    def make(self, states: States, **fields: Any) -> str:
        made = self.states.create_state_machine(
            name=f"m-{uuid.uuid4().hex}", definition=definition(states, **fields), roleArn=ROLE
        )
        return str(made["stateMachineArn"])

    def start(self, states: States | str, given: Any = None, **fields: Any) -> str:
        machine = states if isinstance(states, str) else self.make(states, **fields)
        text = json.dumps({} if given is None else given)
        return str(self.states.start_execution(stateMachineArn=machine, input=text)["executionArn"])

    def ended(self, arn: str, within: float = 15) -> dict[str, Any]:
        deadline = time.monotonic() + within
        while (found := self.states.describe_execution(executionArn=arn))["status"] not in ENDED:
            assert time.monotonic() < deadline, found
            time.sleep(0.02)
        return dict(found)

    def run(self, states: States | str, given: Any = None, **fields: Any) -> dict[str, Any]:
        return self.ended(self.start(states, given, **fields))

    def output(self, states: States | str, given: Any = None, **fields: Any) -> Any:
        found = self.run(states, given, **fields)
        assert found["status"] == "SUCCEEDED", (found["error"], found["cause"])
        return json.loads(found["output"])

    def events(self, arn: str) -> list[dict[str, Any]]:
        pages = self.states.get_paginator("get_execution_history").paginate(executionArn=arn)
        return [event for page in pages for event in page["events"]]

    def types(self, arn: str) -> list[str]:
        return [event["type"] for event in self.events(arn)]

    def until(self, arn: str, kind: str, count: int = 1, within: float = 10) -> None:
        """Wait until the history has so many events of that type."""
        deadline = time.monotonic() + within
        while self.types(arn).count(kind) < count:
            assert time.monotonic() < deadline, self.types(arn)
            time.sleep(0.02)

    def bucket(self) -> str:
        name = f"b-{uuid.uuid4().hex}"
        self.clients("s3").create_bucket(Bucket=name)
        return name
