"""Fails each task of a pipeline's state machine in turn, by faults that are made from its definition.

An execution is failed at a task, told of, redriven, failed at the next one, and so on to its end: each task
has then failed once, and has done its work after it, at the cost of one execution.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline_support import Deployment, Listener

from s_infra.landing.landing import Landing
from s_infra.runs.pipeline import Kind
from s_infra.sandbox.faults.calls import MODELS
from s_infra.sandbox.services.stepfunctions import integrations

REPOSITORY = Path(__file__).parents[2]
SIGNING_NAMES = {model: signing for signing, model in MODELS.items()}
# An error of each service that no state tries again: it would cost minutes of waiting.
ERRORS = {
    "cloudwatch": "InvalidParameterValue",
    "glue": "EntityNotFoundException",
    "s3": "NoSuchBucket",
    "sagemaker": "ResourceNotFound",
    "sns": "NotFound",
    "stepfunctions": "StateMachineDoesNotExist",
}
KEY = re.compile(r"'(\w[\w./]*[./]\w*)'")
# What the quickest programs do well by: the one that trains is what lands.
LANDED: dict[Kind, bytes] = {
    "training": b"echo model > /opt/ml/model/model.json\necho accuracy=0.9\n",
    "scoring": b"1,2\n3,4\n",
}
STORE = re.compile(r"\$config\.stores\.(\w+)")
WORDS = re.compile(r"'(\w+ run )'")


@dataclass(frozen=True)
class Machine:
    """A definition as a graph of all its states, those inside of Maps among them."""

    start: str
    states: Mapping[str, Mapping[str, Any]]
    successors: Mapping[str, tuple[str, ...]]

    @property
    def tasks(self) -> set[str]:
        return {name for name, state in self.states.items() if state["Type"] == "Task"}

    def ahead(self, of: str | None, passed: set[str]) -> set[str]:
        """Return the tasks that may come next after a state; those in `passed` are let through."""
        found: set[str] = set()
        seen: set[str] = set()
        waiting = [self.start] if of is None else list(self.successors[of])
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            if name in self.tasks and name not in passed:
                found.add(name)
            else:
                waiting += self.successors[name]
        return found

    def fault(self, name: str) -> dict[str, Any]:
        """Return the fault that fails the task."""
        called = integrations.find(self.states[name]["Resource"])
        assert called is not None
        service = SIGNING_NAMES.get(called.service, called.service)
        fault = {"kind": "error", "target": f"{service}:{called.operation}", "code": ERRORS[called.service]}
        arguments = self.states[name]["Arguments"]
        key = arguments.get("Key", "") if isinstance(arguments, dict) else arguments
        named = KEY.findall(key)
        if called.service == "s3":
            # Jobs that go on meanwhile use other stores.
            store = STORE.search(json.dumps(arguments))
            bucket = f"*-{store[1] if store else 'output'}-store-*"
            return fault | {"on": f"{bucket}/{named[0]}*" if named else bucket}
        if called.service == "sns":
            # Whoever tells of the failure publishes, too.
            return fault | {"on": f"*{WORDS.findall(arguments['Message'])[0]}*"}
        return fault


def machine(kind: Kind) -> Machine:
    """Return the module's machine that trains, or that scores."""
    path = REPOSITORY / f"catalog/aws/ml-ops/workflows/{kind}.asl.json"
    definition = json.loads(path.read_text())
    states: dict[str, Mapping[str, Any]] = {}
    successors: dict[str, tuple[str, ...]] = {}

    def read(flow: Mapping[str, Any], after: tuple[str, ...]) -> None:
        for name, state in flow["States"].items():
            assert name not in states, f"two states of the {kind} machine are called {name}"
            states[name] = state
            onward = tuple(_onward(state)) or after
            if state["Type"] == "Map":
                inner = state["ItemProcessor"]
                read(inner, (inner["StartAt"], *onward))
                onward = (inner["StartAt"], *onward)
            successors[name] = onward

    read(definition, ())
    return Machine(definition["StartAt"], states, successors)


def _onward(state: Mapping[str, Any]) -> Iterator[str]:
    yield from (state[name] for name in ("Next", "Default") if name in state)
    yield from (rule["Next"] for name in ("Choices", "Catch") for rule in state.get(name, []))


@dataclass
class Sweep:
    """Executions of one kind, and the tasks that have failed in them."""

    kind: Kind
    deployment: Deployment
    listener: Listener
    failed: set[str] = field(default_factory=set)
    champion: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        self.machine = machine(self.kind)

    def arm(self, *names: str, **more: Any) -> None:
        """Have the next call of each of these tasks fail."""
        for name in names:
            self.deployment.fault(**self.machine.fault(name), **more)

    def land(self, key: str) -> Landing:
        """Land a file whose run fails at its first task that has not failed before."""
        self.champion = self.deployment.champion()
        self.arm(*self.machine.ahead(None, self.failed))
        return self.deployment.put(self.kind, key, LANDED[self.kind])

    def drive(self, landed: Landing) -> dict[str, Any]:
        """Fail and redrive the run until it ends well; return its record."""
        here = False
        while (outcome := self.deployment.follow(landed)).status != "SUCCEEDED":
            self.deployment.clear_faults()
            state = self.told(landed)
            assert state not in self.failed, f"{state} failed again: {outcome.error}: {outcome.cause}"
            self.failed.add(state)
            # Nothing half deployed: the champion is the old one, or this run's once the write of it is done.
            now = self.deployment.champion()
            assert now == self.champion or (here and now is not None and now["run"] == landed.run), state
            here = here or state == "Champion"
            self.deployment.still_there(landed)
            self.redrive(landed, state)
        self.deployment.clear_faults()
        record = self.deployment.record(landed)
        assert record is not None
        assert record["status"] != "failed"
        return record

    def told(self, landed: Landing) -> str:
        """Wait for the message of the failed run; return the state that it and the record name."""
        message = self.listener.wait_for(f"run {landed.run} failed in state ")
        record = self.deployment.record(landed)
        assert record is not None
        state = str(record["state"])
        assert message["Subject"] == f"walk: a {self.kind} run failed"
        assert f"failed in state {state}." in message["Message"]
        assert "As a fault asked for" in message["Message"], message["Message"]
        assert (record["status"], "quarantine" in record) == ("failed", False)
        assert "As a fault asked for" in record["cause"]
        return state

    def redrive(self, landed: Landing, state: str) -> None:
        """Have the run go on at the state that failed, and fail at the next that has not."""
        self._others_end()
        self.arm(*self.machine.ahead(state, self.failed))
        self.deployment.clients("stepfunctions").redrive_execution(executionArn=landed.execution_arn)

    def _others_end(self) -> None:
        deadline = time.monotonic() + 60
        kinds: tuple[Kind, ...] = ("training", "scoring")
        while [
            one for kind in kinds for one in self.deployment.executions(kind) if one["status"] == "RUNNING"
        ]:
            assert time.monotonic() < deadline, "an execution goes on and on"
            time.sleep(0.1)
