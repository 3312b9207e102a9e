"""Each AWS call of the module's functions breaks once, before or after it took effect: nothing is lost."""

from __future__ import annotations

import importlib
import json
import runpy
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError
from botocore.httpsession import URLLib3Session

from s_infra.sandbox.supervisor import Sandbox

Clients = Callable[[str], Any]
FUNCTIONS = Path(__file__).parents[2] / "catalog/aws/ml-ops/functions"
ROLE = "arn:aws:iam::000000000000:role/any"
MOST_CALLS = 12


class Line:
    """The way to AWS: the call with a given number breaks, before it was sent or when it was answered."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls, self.broken, self.after = 0, -1, False
        send = URLLib3Session.send

        def count(session: URLLib3Session, request: Any) -> Any:
            number, self.calls = self.calls, self.calls + 1
            if number == self.broken and not self.after:
                raise ConnectionClosedError(endpoint_url=request.url)
            answer = send(session, request)
            if number == self.broken:
                raise ConnectionClosedError(endpoint_url=request.url)
            return answer

        monkeypatch.setattr(URLLib3Session, "send", count)

    def next(self, broken: int, after: bool) -> None:
        self.calls, self.broken, self.after = 0, broken, after


@pytest.fixture
def line(sandbox: Sandbox, clients: Clients, monkeypatch: pytest.MonkeyPatch) -> Line:
    # What the functions' own tests give them; each test here says what of it is otherwise.
    for name, value in runpy.run_path(str(FUNCTIONS / "conftest.py"))["SETTINGS"].items():
        monkeypatch.setenv(name, value)
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    # What the SDK would mend by itself the function must live with, too.
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    return Line(monkeypatch)


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ModuleType]]:
    before = set(sys.modules)

    def function(name: str) -> ModuleType:
        monkeypatch.syspath_prepend(str(FUNCTIONS / name))
        return importlib.import_module("handler")

    yield function
    for name in set(sys.modules) - before:
        if str(FUNCTIONS) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def machine(clients: Clients, name: str, state: dict[str, Any]) -> str:
    states = {"Transform": state}
    definition = json.dumps({"QueryLanguage": "JSONata", "StartAt": "Transform", "States": states})
    made = clients("stepfunctions").create_state_machine(name=name, definition=definition, roleArn=ROLE)
    return str(made["stateMachineArn"])


def until_done(handler: ModuleType, line: Line, body: dict[str, Any], broken: int, after: bool) -> int:
    """Hand a message to the function until it has dealt with it; return the calls of the first time."""
    event = {"Records": [{"messageId": "m", "body": json.dumps(body)}]}
    line.next(broken, after)
    first = handler.handle(event, None)
    calls = line.calls
    line.next(-1, False)
    if first["batchItemFailures"]:
        assert first["batchItemFailures"] == [{"itemIdentifier": "m"}]
        assert handler.handle(event, None) == {"batchItemFailures": []}
    return calls


def sweep(once: Callable[[int, bool], int]) -> int:
    """Break each call in turn; return how many there are."""
    number = once(-1, False)
    assert 0 < number < MOST_CALLS
    for after in (False, True):
        for broken in range(number):
            once(broken, after)
    return number


def test_a_landing_starts_one_run_whichever_call_breaks(
    clients: Clients, line: Line, load: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = machine(clients, "sweep-start", {"Type": "Wait", "Seconds": 30, "End": True})
    for name, value in {
        "PIPELINE": "sweep",
        "TRAIN_PREFIX": "train/",
        "SCORE_PREFIX": "score/",
        "TRAINING_MACHINE_ARN": arn,
        "SCORING_MACHINE_ARN": arn,
    }.items():
        monkeypatch.setenv(name, value)
    handler = load("start_execution")
    event = json.loads(
        (FUNCTIONS / "start_execution/tests/data/events/object_created.json").read_text(encoding="utf-8")
    )
    runs = 0

    def once(broken: int, after: bool) -> int:
        nonlocal runs
        event["detail"]["object"]["version-id"] = uuid.uuid4().hex
        calls = until_done(handler, line, event, broken, after)
        runs += 1
        return calls

    sweep(once)
    states = clients("stepfunctions")
    executions = states.list_executions(stateMachineArn=arn)["executions"]
    assert len(executions) == runs
    for execution in executions:
        states.stop_execution(executionArn=execution["executionArn"])


def test_a_failure_is_recorded_and_told_whichever_call_breaks(
    sandbox: Sandbox,
    clients: Clients,
    line: Line,
    load: Callable[[str], ModuleType],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    s3, states, sns = clients("s3"), clients("stepfunctions"), clients("sns")
    arn = machine(
        clients,
        "sweep-report",
        {"Type": "Fail", "Error": "BadInputError", "Cause": "BadInputError: no such column"},
    )
    for bucket in ("sweep-metadata", "sweep-landing"):
        s3.create_bucket(Bucket=bucket)
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    topic = sns.create_topic(Name="sweep")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="somebody@example.org")
    runs = []
    for name, value in {
        "PIPELINE": "sweep",
        "TRAINING_MACHINE_ARN": arn,
        "SCORING_MACHINE_ARN": "none",
        "METADATA_STORE": "sweep-metadata",
        "TOPIC_ARN": topic,
        "QUARANTINE_ERRORS": "BadInputError",
    }.items():
        monkeypatch.setenv(name, value)
    handler = load("report_failure")

    def once(broken: int, after: bool) -> int:
        runs.append(f"run-{uuid.uuid4().hex}")
        run, key = runs[-1], f"train/{uuid.uuid4().hex}.csv"
        put = s3.put_object(Bucket="sweep-landing", Key=key, Body=b"a,b\n1\n")
        data = {"bucket": "sweep-landing", "key": key, "version_id": put["VersionId"]}
        execution = states.start_execution(
            stateMachineArn=arn, name=run, input=json.dumps({"run": run, "kind": "training", "data": data})
        )["executionArn"]
        deadline = time.monotonic() + 10
        while states.describe_execution(executionArn=execution)["status"] == "RUNNING":
            assert time.monotonic() < deadline
            time.sleep(0.02)
        body = {"detail": {"executionArn": execution}}
        calls = until_done(handler, line, body, broken, after)
        record = json.loads(s3.get_object(Bucket="sweep-metadata", Key=f"runs/{run}.json")["Body"].read())
        assert (record["run"], record["status"], record["error"]) == (run, "failed", "BadInputError")
        # The file is in one place: quarantined, with its bytes and its reason, and gone from where it landed.
        away = record["quarantine"].removeprefix("s3://sweep-landing/")
        assert s3.get_object(Bucket="sweep-landing", Key=away)["Body"].read() == b"a,b\n1\n"
        reason = s3.get_object(Bucket="sweep-landing", Key=f"quarantine/{run}/reason.json")["Body"].read()
        assert json.loads(reason)["cause"] == "BadInputError: no such column"
        left = s3.list_objects_v2(Bucket="sweep-landing", Prefix=key).get("KeyCount", 0)
        assert left == 0, (broken, after)
        return calls

    assert sweep(once) >= 6
    with urllib.request.urlopen(f"{sandbox.endpoint}/_s_infra/mail") as answer:
        told = json.dumps(json.load(answer)["mails"])
    assert [run for run in runs if run not in told] == []
