"""Rules and schedules act in their targets' roles; what fails is tried again, then a dead letter."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from alarm_support import forward, queue, received
from botocore.exceptions import ClientError
from cloud_support import document
from machine_support import Runs

from s_infra.sandbox import pages, supervisor
from s_infra.sandbox.supervisor import Sandbox

Clients = Any
ECHO = {"P": {"Type": "Pass", "Output": "{% $states.input.detail %}", "End": True}}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A sandbox that enforces policies."""
    with supervisor.running(iam=True) as running:
        yield running


def role(clients: Clients, name: str, service: str, action: str, resource: str) -> str:
    trust = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}}
    trust["Action"] = "sts:AssumeRole"
    made = clients("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))
    grant = {"Effect": "Allow", "Action": action, "Resource": resource}
    clients("iam").put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(grant))
    return str(made["Role"]["Arn"])


class Rule:
    """A rule with a machine for its target, and a queue for its dead letters."""

    def __init__(self, clients: Clients, name: str, target: str, role_arn: str, **fields: Any) -> None:
        self.clients, self.name = clients, name
        self.url, letters = queue(clients, f"{name}-letters")
        events = clients("events")
        self.arn = events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))["RuleArn"]
        target_of = {"Id": "1", "Arn": target, "RoleArn": role_arn, "DeadLetterConfig": {"Arn": letters}}
        events.put_targets(Rule=name, Targets=[{**target_of, **fields}])

    def put(self, detail: Any) -> None:
        entry = {"Source": self.name, "DetailType": "t", "Detail": json.dumps(detail)}
        self.clients("events").put_events(Entries=[entry])

    def letter(self) -> tuple[str, dict[str, str]]:
        """Return its dead letter's body and attributes."""
        (message,) = received(self.clients, self.url)
        told = {name: one["StringValue"] for name, one in message["MessageAttributes"].items()}
        return message["Body"], told


def throttled(sandbox: Sandbox, machine: str, count: int) -> None:
    fault = {"kind": "throttle", "target": "states:StartExecution", "on": machine, "count": count}
    pages.ask(sandbox, "/_s_infra/faults", fault)


def started(clients: Clients, machine: str) -> list[str]:
    listed = clients("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
    return [one["executionArn"] for one in listed]


def struck(sandbox: Sandbox, machine: str, count: int) -> None:
    """Wait until a machine's start was struck so often."""
    deadline = time.monotonic() + 15
    while True:
        fired = pages.ask(sandbox, "/_s_infra/faults")["fired"]
        if sum(one["on"] == machine for one in fired) >= count:
            return
        assert time.monotonic() < deadline, fired
        time.sleep(0.02)


def test_a_machine_that_is_throttled_is_started_later(sandbox: Sandbox, clients: Clients) -> None:
    runs = Runs(clients)
    machine = runs.make(ECHO)
    rule = Rule(clients, "later", machine, role(clients, "later", "events", "states:StartExecution", machine))
    throttled(sandbox, machine, 3)
    rule.put({"n": 1})
    struck(sandbox, machine, 1)
    assert started(clients, machine) == []
    deadline = time.monotonic() + 15
    while not started(clients, machine):
        assert time.monotonic() < deadline
        forward(sandbox, "10s")
    struck(sandbox, machine, 3)
    (execution,) = started(clients, machine)
    assert json.loads(runs.ended(execution)["output"]) == {"n": 1}
    calls = [
        one for one in sandbox.calls() if one["resource"] == machine and "StartExecution" in one["operation"]
    ]
    assert {one["principal"] for one in calls} == {"arn:aws:sts::000000000000:assumed-role/later/later"}


def test_what_is_throttled_for_too_long_is_a_dead_letter(sandbox: Sandbox, clients: Clients) -> None:
    machine = Runs(clients).make(ECHO)
    own = role(clients, "patience", "events", "states:StartExecution", machine)
    rule = Rule(clients, "patience", machine, own, RetryPolicy={"MaximumRetryAttempts": 2}, Input='{"a": 1}')
    throttled(sandbox, machine, 9)
    rule.put({})
    struck(sandbox, machine, 1)
    forward(sandbox, "1h")
    body, told = rule.letter()
    assert json.loads(body) == {"a": 1}
    assert told.pop("ERROR_MESSAGE").startswith("ThrottlingException: ")
    assert told == {
        "RULE_ARN": rule.arn,
        "TARGET_ARN": machine,
        "ERROR_CODE": "THROTTLING",
        "RETRY_ATTEMPTS": "2",
        "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
    }
    assert started(clients, machine) == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("no-grant", "NO_PERMISSIONS"),
        ("no-trust", "FAILED_TO_ASSUME_ROLE"),
        ("no-machine", "NO_RESOURCE"),
    ],
)
def test_what_another_try_cannot_mend_is_a_dead_letter_at_once(
    clients: Clients, name: str, code: str
) -> None:
    machine = Runs(clients).make(ECHO)
    service = "scheduler" if name == "no-trust" else "events"
    action = "states:StopExecution" if name == "no-grant" else "states:StartExecution"
    own = role(clients, name, service, action, "*")
    if name == "no-machine":
        clients("stepfunctions").delete_state_machine(stateMachineArn=machine)
    rule = Rule(clients, name, machine, own)
    rule.put({"n": 1})
    body, told = rule.letter()
    assert json.loads(body)["detail"] == {"n": 1}
    assert (told["ERROR_CODE"], told["RETRY_ATTEMPTS"]) == (code, "0")
    assert "EXHAUSTED_RETRY_CONDITION" not in told


def test_a_machine_is_no_target_without_a_role_nor_another_with_one(clients: Clients) -> None:
    machine = Runs(clients).make(ECHO)
    clients("events").put_rule(Name="roles", EventPattern='{"source": ["x"]}')
    with pytest.raises(ClientError, match="RoleArn is required for target"):
        clients("events").put_targets(Rule="roles", Targets=[{"Id": "1", "Arn": machine}])
    queued = {"Id": "1", "Arn": queue(clients, "roles")[1], "RoleArn": "arn:aws:iam::000000000000:role/r"}
    with pytest.raises(ClientError, match=r"Targets\.RoleArn of a target of sqs isn't carried out"):
        clients("events").put_targets(Rule="roles", Targets=[queued])


@pytest.mark.parametrize("granted", [True, False])
def test_a_schedule_calls_in_its_role(sandbox: Sandbox, clients: Clients, granted: bool) -> None:
    name = f"schedule-{granted}".lower()
    (url, letters), machine = queue(clients, name), Runs(clients).make(ECHO)
    own = role(
        clients, name, "scheduler", "states:StartExecution" if granted else "states:StopExecution", "*"
    )
    grant = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": letters}
    clients("iam").put_role_policy(RoleName=name, PolicyName="letters", PolicyDocument=document(grant))
    target = {"Arn": machine, "RoleArn": own, "Input": '{"detail": 1}', "DeadLetterConfig": {"Arn": letters}}
    once = {"ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": {"Mode": "OFF"}}
    clients("scheduler").create_schedule(Name=name, Target=target, **once)
    if granted:
        deadline = time.monotonic() + 15
        while not (found := started(clients, machine)):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert Runs(clients).ended(found[0])["output"] == "1"
    else:
        (letter,) = received(clients, url)
        assert letter["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "AccessDeniedException"
        assert started(clients, machine) == []
    me = f"arn:aws:sts::000000000000:assumed-role/{name}/Scheduler"
    asked = [one for one in sandbox.calls() if one["principal"] == me]
    assert [one["allowed"] for one in asked if one["operation"] == "states:StartExecution"] == [granted]
