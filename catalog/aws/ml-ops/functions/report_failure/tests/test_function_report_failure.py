"""The reporter: what it writes and says of a run that failed, and what it leaves alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

Load = Callable[[str], ModuleType]
Recorded = Callable[[str], dict[str, Any]]

ARN = "arn:aws:states:us-east-1:123456789012:execution:demo-training:demo-0123456789ab"
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:demo-training"
DATA = {"bucket": "demo-feature-store", "key": "train/train.csv", "version_id": "v1", "etag": "e", "size": 9}
EXECUTION = {
    "executionArn": ARN,
    "stateMachineArn": MACHINE,
    "name": "demo-0123456789ab",
    "status": "FAILED",
    "startDate": datetime(2026, 11, 21, 12, 0, tzinfo=UTC),
    "stopDate": datetime(2026, 11, 21, 12, 3, 17, tzinfo=UTC),
    "input": json.dumps({"run": "demo-0123456789ab", "kind": "training", "data": DATA}),
    "error": "States.TaskFailed",
    "cause": json.dumps({"JobName": "demo-transform", "ErrorMessage": "ValueError: no column 'age'"}),
}
# A history as GetExecutionHistory gives it, latest first.
HISTORY = [
    {
        "id": 5,
        "previousEventId": 4,
        "type": "ExecutionFailed",
        "timestamp": datetime(2026, 11, 21, tzinfo=UTC),
    },
    {"id": 4, "previousEventId": 3, "type": "TaskFailed", "timestamp": datetime(2026, 11, 21, tzinfo=UTC)},
    {
        "id": 3,
        "previousEventId": 2,
        "type": "TaskStateEntered",
        "timestamp": datetime(2026, 11, 21, tzinfo=UTC),
        "stateEnteredEventDetails": {"name": "Transform"},
    },
    {
        "id": 2,
        "previousEventId": 1,
        "type": "PassStateEntered",
        "timestamp": datetime(2026, 11, 21, tzinfo=UTC),
        "stateEnteredEventDetails": {"name": "Configure"},
    },
]


@pytest.fixture
def core(load: Load) -> ModuleType:
    return load("core")


@pytest.fixture
def settings(core: ModuleType) -> Any:
    return core.Settings("demo", MACHINE, MACHINE.replace("training", "scoring"), "store", "", "arn:topic")


def test_of_a_maps_items_the_one_that_failed_is_told(core: ModuleType) -> None:
    def entered(number: int, before: int, name: str) -> dict[str, Any]:
        details = {"stateEnteredEventDetails": {"name": name}}
        return {"id": number, "previousEventId": before, "type": "TaskStateEntered", **details}

    history = [
        {"id": 9, "previousEventId": 8, "type": "ExecutionFailed"},
        entered(8, 4, "Read"),
        {"id": 7, "previousEventId": 6, "type": "TaskFailed"},
        {"id": 6, "previousEventId": 5, "type": "TaskScheduled"},
        entered(5, 3, "Start"),
    ]
    assert core.failed_state(history, "FAILED") == "Start"
    assert core.failed_state(history, "ABORTED") == "Read"
    assert core.failed_state(history[:1], "FAILED") is None


def test_the_record_tells_run_state_and_the_jobs_own_reason(core: ModuleType, settings: Any) -> None:
    assert core.record(EXECUTION, core.failed_state(HISTORY, "FAILED"), settings) == {
        "run": "demo-0123456789ab",
        "kind": "training",
        "status": "failed",
        "pipeline": "demo",
        "data": DATA,
        "started_at": "2026-11-21T12:00:00+00:00",
        "ended_at": "2026-11-21T12:03:17+00:00",
        "state": "Transform",
        "error": "States.TaskFailed",
        "cause": "ValueError: no column 'age'",
    }


@pytest.mark.parametrize(
    ("status", "error", "cause"),
    [
        ("TIMED_OUT", "States.Timeout", "longer than it may"),
        ("ABORTED", "Aborted", "stopped the run"),
        ("FAILED", "Unknown", "history"),
    ],
)
def test_what_step_functions_leaves_unsaid_is_said(
    core: ModuleType, settings: Any, status: str, error: str, cause: str
) -> None:
    bare = {name: EXECUTION[name] for name in ("stateMachineArn", "name", "startDate")}
    record = core.record({**bare, "status": status}, None, settings)
    assert record["error"] == error
    assert cause in record["cause"]
    assert record["data"] is None
    assert record["ended_at"] is None


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ("plain words", "plain words"),
        (
            '{"FailureReason": "AlgorithmError: two classes are needed"}',
            "AlgorithmError: two classes are needed",
        ),
        ('{"neither": 1}', '{"neither": 1}'),
        ("[1]", "[1]"),
    ],
)
def test_a_cause_is_told_in_words(core: ModuleType, cause: str, words: str) -> None:
    assert core.in_words(cause) == words


def test_the_message_says_what_failed_why_and_what_to_do(core: ModuleType, settings: Any) -> None:
    record = core.record(EXECUTION, "Transform", settings)
    text = core.message(record, settings, ARN)
    for said in ("state Transform", "no column 'age'", "train/train.csv", ARN, "s3://store/runs/", "Next:"):
        assert said in text
    assert len(core.subject({**record, "pipeline": "x" * 200})) == 100


def test_an_event_of_something_else_is_refused(core: ModuleType) -> None:
    with pytest.raises(core.MalformedEventError):
        core.execution_arn({"detail": {}})


class Stubs:
    """Stubbed clients for the handler, by service."""

    def __init__(self) -> None:
        credentials = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": "us-east-1"}
        self.clients = {name: boto3.client(name, **credentials) for name in ("stepfunctions", "s3", "sns")}
        self.stubbers = {name: Stubber(client) for name, client in self.clients.items()}

    def __getitem__(self, name: str) -> Any:
        return self.stubbers[name]


@pytest.fixture
def handler(load: Load) -> ModuleType:
    return load("handler")


@pytest.fixture
def stubs(handler: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubs]:
    made = Stubs()
    monkeypatch.setattr(handler, "client", made.clients.__getitem__)
    for stubber in made.stubbers.values():
        stubber.activate()
    yield made
    for name, stubber in made.stubbers.items():
        stubber.assert_no_pending_responses()
        made.clients[name].close()


def batch(*bodies: str) -> dict[str, Any]:
    """Return an SQS batch as Lambda hands it over."""
    return {"Records": [{"messageId": f"m{i}", "body": body} for i, body in enumerate(bodies)]}


def test_a_failure_is_recorded_and_told(
    handler: ModuleType, stubs: Stubs, core: ModuleType, settings: Any, recorded: Recorded
) -> None:
    execution = {**EXECUTION}
    stubs["stepfunctions"].add_response("describe_execution", execution, {"executionArn": ARN})
    stubs["stepfunctions"].add_response("get_execution_history", {"events": HISTORY})
    body = json.dumps(core.record(EXECUTION, "Transform", settings)).encode()
    stubs["s3"].add_response(
        "put_object",
        {},
        {
            "Bucket": "demo-metadata-store-123456789012",
            "Key": "runs/demo-0123456789ab.json",
            "Body": body,
            "ContentType": "application/json",
        },
    )
    stubs["sns"].add_response("publish", {"MessageId": "1"})
    answered = handler.handle(batch(json.dumps(recorded("execution_failed"))), None)
    assert answered == {"batchItemFailures": []}


def test_a_run_that_was_redriven_meanwhile_is_left_alone(
    handler: ModuleType, stubs: Stubs, recorded: Recorded
) -> None:
    stubs["stepfunctions"].add_response("describe_execution", {**EXECUTION, "status": "RUNNING"})
    answered = handler.handle(batch(json.dumps(recorded("execution_failed"))), None)
    assert answered == {"batchItemFailures": []}


def test_only_the_messages_that_failed_come_again(
    handler: ModuleType, stubs: Stubs, recorded: Recorded
) -> None:
    stubs["stepfunctions"].add_client_error("describe_execution", "ThrottlingException")
    stubs["stepfunctions"].add_response("describe_execution", {**EXECUTION, "status": "SUCCEEDED"})
    event = json.dumps(recorded("execution_failed"))
    answered = handler.handle(batch(event, "no JSON", event), None)
    assert answered == {"batchItemFailures": [{"itemIdentifier": "m0"}, {"itemIdentifier": "m1"}]}


@pytest.mark.parametrize(
    ("state", "cause", "data", "at_fault"),
    [
        ("Transform", "TableError: train.csv: not UTF-8", DATA, True),
        ("Transform", "tabular.reading.TableError: train.csv: empty", DATA, True),
        ("Transform", "KeyError: TableError", DATA, False),
        ("Tune", "TableError: train.csv: not UTF-8", DATA, False),
        ("Transform", "TableError: train.csv: not UTF-8", None, False),
    ],
)
def test_the_transform_says_whether_the_file_is_at_fault(
    load: Load, state: str, cause: str, data: Any, at_fault: bool
) -> None:
    failure = {"state": state, "cause": cause, "data": data}
    assert load("quarantine").at_fault(failure, ["TableError"]) is at_fault


def test_a_file_that_was_put_away_is_told_of(core: ModuleType, settings: Any) -> None:
    record = {**core.record(EXECUTION, "Transform", settings), "quarantine": "s3://store/quarantine/a.csv"}
    text = core.message(record, settings, ARN)
    assert "put away as s3://store/quarantine/a.csv" in text
    assert "redrive" not in text
