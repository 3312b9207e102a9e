"""Faults on request against the whole module: a landing is one run, and what is lost is found again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from click.testing import CliRunner
from pipeline_support import Clients, Deployment, deploy

from s_infra.cli.faults import fault as command
from s_infra.landing.landing import Landing
from s_infra.sandbox.supervisor import Sandbox

Fault = Callable[..., str]


@pytest.fixture(scope="module")
def deployment(
    sandbox: Sandbox, clients: Clients, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    with deploy(
        sandbox, clients, tmp_path_factory.mktemp("on-request"), threshold=0.5, destroy=False
    ) as deployed:
        yield deployed


@pytest.fixture
def fault(sandbox: Sandbox) -> Iterator[Fault]:
    def run(*arguments: str) -> str:
        done = CliRunner().invoke(command, arguments, env={"AWS_ENDPOINT_URL": sandbox.endpoint})
        assert done.exit_code == 0, done.output
        return done.output

    yield run
    run("clear")


def started(deployment: Deployment, known: set[str], count: int, within: float = 30) -> list[str]:
    """Return the runs beside those that are known, as soon as there are so many."""
    deadline = time.monotonic() + within
    while True:
        found = [one["executionArn"] for one in deployment.executions("scoring")]
        new = [arn for arn in found if arn not in known]
        if len(new) >= count:
            return new
        assert time.monotonic() < deadline
        time.sleep(0.1)


def stop(clients: Clients, executions: list[str]) -> None:
    for arn in executions:
        clients("stepfunctions").stop_execution(executionArn=arn)


@pytest.mark.parametrize(
    "faults",
    [
        (("fail", "states:StartExecution", "--status", "503", "--count", "2"),),
        (("throttle", "states:StartExecution", "--count", "2"),),
        (("cut", "states:StartExecution", "--after"),),
        (("double", "s3-event"),),
        (("double", "rule-target"), ("double", "queue-message")),
        (("delay", "rule-target", "--seconds", "1"),),
    ],
    ids=["503", "throttled", "cut after it took effect", "event doubled", "message doubled", "event late"],
)
def test_a_landing_is_one_run_whatever_goes_wrong_on_the_way(
    deployment: Deployment, clients: Clients, fault: Fault, faults: tuple[tuple[str, ...], ...]
) -> None:
    known = {one["executionArn"] for one in deployment.executions("scoring")}
    for one in faults:
        fault("add", *one)
    landed = deployment.land("score.csv", "scoring")
    runs = started(deployment, known, 1)
    # What came twice has come by then.
    time.sleep(0.5)
    assert started(deployment, known, 1) == runs == [landed.execution_arn]
    told = fault("list")
    assert told.count("struck 0 of") == 0
    stop(clients, runs)


def test_a_lost_event_starts_nothing_and_landing_again_does(
    deployment: Deployment, clients: Clients, fault: Fault
) -> None:
    known = {one["executionArn"] for one in deployment.executions("scoring")}
    fault("add", "lose", "s3-event")
    deployment.land("score.csv", "scoring")
    deadline = time.monotonic() + 10
    while "struck 1 of" not in fault("list"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert {one["executionArn"] for one in deployment.executions("scoring")} == known
    again = deployment.land("score.csv", "scoring")
    runs = started(deployment, known, 1)
    assert runs == [again.execution_arn]
    stop(clients, runs)


def test_a_hundred_identical_events_are_one_run(
    deployment: Deployment, clients: Clients, fault: Fault
) -> None:
    known = {one["executionArn"] for one in deployment.executions("scoring")}
    fault("add", "lose", "s3-event")
    landed = deployment.land("score.csv", "scoring")
    sqs, event = clients("sqs"), json.dumps(object_created(landed, clients("s3")))
    queue = sqs.get_queue_url(QueueName="walk-landings")["QueueUrl"]
    entries = [{"Id": str(number), "MessageBody": event} for number in range(10)]
    with ThreadPoolExecutor(10) as senders:
        for _ in senders.map(lambda _: sqs.send_message_batch(QueueUrl=queue, Entries=entries), range(10)):
            pass
    runs = started(deployment, known, 1)
    wait_until_empty(sqs, queue)
    assert started(deployment, known, 1) == runs == [landed.execution_arn]
    stop(clients, runs)
    # Late, when the run has ended: the hundred and first starts nothing, either.
    sqs.send_message(QueueUrl=queue, MessageBody=event)
    wait_until_empty(sqs, queue)
    assert started(deployment, known, 1) == runs


def object_created(landed: Landing, s3: Any) -> dict[str, Any]:
    """Return what EventBridge tells of a landed version."""
    stored = s3.head_object(Bucket=landed.bucket, Key=landed.key, VersionId=landed.version_id)
    return {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": "000000000000",
        "time": "2026-11-21T12:00:00Z",
        "region": "us-east-1",
        "resources": [f"arn:aws:s3:::{landed.bucket}"],
        "detail": {
            "bucket": {"name": landed.bucket},
            "object": {
                "key": landed.key,
                "size": stored["ContentLength"],
                "etag": stored["ETag"].strip('"'),
                "version-id": landed.version_id,
                "sequencer": "00",
            },
            "reason": "PutObject",
        },
    }


def wait_until_empty(sqs: Any, queue: str) -> None:
    """Wait until each message of the queue was handled and deleted."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    for _ in range(200):
        counts = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
        if not any(int(counts[name]) for name in names):
            return
        time.sleep(0.1)
    raise AssertionError(f"the queue still has messages: {counts}")


def test_a_killed_training_program_is_one_failed_trial_and_throttled_services_are_asked_again(
    deployment: Deployment, clients: Clients, fault: Fault
) -> None:
    fault("add", "kill", "training")
    fault("add", "throttle", "sagemaker:CreateHyperParameterTuningJob")
    fault("add", "throttle", "glue:StartJobRun")
    landed = deployment.run("train.csv", "training")
    record: dict[str, Any] | None = deployment.record(landed)
    assert record is not None
    assert record["status"] == "registered"
    statuses = [trial["TrainingJobStatus"] for trial in record["trials"]]
    assert statuses.count("Failed") == 1
    assert statuses.count("Completed") == len(statuses) - 1
    champion = deployment.champion()
    assert champion is not None
    assert champion["run"] == landed.run
    assert fault("list").count("struck 1 of") == 3
