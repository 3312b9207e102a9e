"""The starter: one run for each version, whatever order and however often its event comes."""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from s_infra.runs.pipeline import Pipeline

Load = Callable[[str], ModuleType]
Recorded = Callable[[str], dict[str, Any]]


@pytest.fixture
def core(load: Load) -> ModuleType:
    return load("core")


@pytest.fixture
def settings(core: ModuleType) -> Any:
    return core.Settings("demo", "train/", "score/", "arn:training", "arn:scoring")


def changed(event: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return the event with other fields of its object; None takes a field away."""
    event = copy.deepcopy(event)
    for name, value in fields.items():
        stored = event["detail"]["object"]
        stored.pop(name.replace("_", "-"))
        if value is not None:
            stored[name.replace("_", "-")] = value
    return event


def test_training_data_starts_the_training_machine(
    core: ModuleType, settings: Any, recorded: Recorded
) -> None:
    start = core.plan(recorded("object_created"), settings)
    assert start.machine_arn == "arn:training"
    assert start.input == {
        "run": start.name,
        "kind": "training",
        "data": {
            "bucket": "demo-feature-store-123456789012",
            "key": "train/a b+c é.csv",
            "version_id": "3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY",
            "etag": "b1946ac92492d2347c6235b4d2611184",
            "size": 5120,
        },
        "landed_at": "2026-11-21T12:00:00Z",
    }


def test_scoring_data_starts_the_scoring_machine(core: ModuleType, settings: Any, recorded: Recorded) -> None:
    start = core.plan(changed(recorded("object_created"), key="score/score.csv"), settings)
    assert (start.machine_arn, start.input["kind"]) == ("arn:scoring", "scoring")


def test_the_name_is_the_same_for_the_same_version_and_another_for_any_other(
    core: ModuleType, settings: Any, recorded: Recorded
) -> None:
    event = recorded("object_created")
    again = {**event, "id": "another", "time": "2026-11-21T12:00:09Z"}
    assert core.plan(event, settings).name == core.plan(again, settings).name
    others = [changed(event, version_id="other"), changed(event, key="train/other.csv")]
    assert len({core.plan(one, settings).name for one in (event, *others)}) == 3


@pytest.mark.parametrize("key", ["train/train.csv", "train/a b+c é.csv", "score/a/b.csv"])
def test_the_helper_derives_the_same_name(core: ModuleType, key: str) -> None:
    pipeline = Pipeline(**{field.name: "demo" for field in dataclasses.fields(Pipeline)})
    assert core.run_name("demo", "bucket", key, "v1") == pipeline.run_name("bucket", key, "v1")


def test_a_folder_marker_starts_nothing(core: ModuleType, settings: Any, recorded: Recorded) -> None:
    assert core.plan(recorded("folder_marker"), settings) is None


def test_an_empty_file_is_no_marker(core: ModuleType, settings: Any, recorded: Recorded) -> None:
    assert core.plan(changed(recorded("object_created"), size=0), settings) is not None


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"version_id": None}, "version-id"),
        ({"key": None}, "key"),
        ({"key": "elsewhere/train/x.csv"}, "elsewhere/train/x.csv"),
    ],
)
def test_an_event_that_starts_no_run_is_refused_by_name(
    core: ModuleType, settings: Any, recorded: Recorded, fields: dict[str, Any], named: str
) -> None:
    with pytest.raises(core.MalformedEventError, match=named):
        core.plan(changed(recorded("object_created"), **fields), settings)


@pytest.mark.parametrize("event", [{}, {"detail": None}, {"detail": {"bucket": "x"}}])
def test_what_is_no_event_of_s3_is_refused(core: ModuleType, settings: Any, event: dict[str, Any]) -> None:
    with pytest.raises(core.MalformedEventError):
        core.plan(event, settings)


def batch(*bodies: str) -> dict[str, Any]:
    """Return an SQS batch as Lambda hands it over."""
    return {"Records": [{"messageId": f"m{i}", "body": body} for i, body in enumerate(bodies)]}


@pytest.fixture
def handler(load: Load, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return load("handler")


@pytest.fixture
def stub(handler: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Any:
    client = boto3.client(
        "stepfunctions", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    monkeypatch.setattr(handler, "step_functions", lambda: client)
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()
    client.close()


def test_only_the_messages_that_failed_come_again(handler: ModuleType, stub: Any, recorded: Recorded) -> None:
    event = recorded("object_created")
    other = changed(event, key="score/score.csv")
    stub.add_client_error("start_execution", "ThrottlingException")
    answer = {"executionArn": "arn:aws:states:::execution", "startDate": "2026-11-21"}
    stub.add_response("start_execution", answer)
    bodies = [json.dumps(event), json.dumps(other), "no JSON", json.dumps(recorded("folder_marker"))]
    answered = handler.handle(batch(*bodies), None)
    assert answered == {"batchItemFailures": [{"itemIdentifier": "m0"}, {"itemIdentifier": "m2"}]}


def test_a_run_that_was_started_before_is_a_success(
    handler: ModuleType, stub: Any, recorded: Recorded
) -> None:
    stub.add_client_error("start_execution", "ExecutionAlreadyExists")
    assert handler.handle(batch(json.dumps(recorded("object_created"))), None) == {"batchItemFailures": []}
