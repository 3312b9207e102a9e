"""A run that failed is recorded and told from outside; redriven, it goes on where it failed and ends well."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import page_support
import pytest
from pipeline_support import TRANSFORM, Clients, Deployment, deploy

from s_infra.sandbox.supervisor import Sandbox

BROKEN_TRANSFORM = 'raise ValueError("the column age is missing")\n'


@pytest.fixture(scope="module")
def deployment(
    sandbox: Sandbox, clients: Clients, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    scratch = tmp_path_factory.mktemp("redrive")
    broken = scratch / "transform.py"
    broken.write_text(BROKEN_TRANSFORM)
    with deploy(sandbox, clients, scratch, transform=broken, destroy=False) as deployed:
        yield deployed


@pytest.fixture(scope="module")
def told(deployment: Deployment, clients: Clients) -> Callable[[], dict[str, str]]:
    """Waits for the next message on the pipeline's topic."""
    sqs, sns = clients("sqs"), clients("sns")
    url = sqs.create_queue(QueueName="listener")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = next(one["TopicArn"] for one in sns.list_topics()["Topics"] if "walk" in one["TopicArn"])
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    def told() -> dict[str, str]:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            for message in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", []):
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                body: dict[str, str] = json.loads(message["Body"])
                return body
        raise AssertionError("nobody was told")

    return told


def test_a_redriven_run_ends_with_the_record_of_a_finished_one(
    deployment: Deployment, clients: Clients, told: Callable[[], dict[str, str]], tmp_path: Path
) -> None:
    landed = deployment.land("train.csv", "training")
    assert deployment.follow(landed).status == "FAILED"
    record = deployment.wait_for_record(landed)
    assert (record["status"], record["kind"], record["state"]) == ("failed", "training", "Transform")
    assert "the column age is missing" in record["cause"]
    assert record["data"]["version_id"] == landed.version_id
    message = told()
    assert message["Subject"] == "walk: a training run failed"
    assert "the column age is missing" in message["Message"]
    assert landed.run in message["Message"]
    failed = page_support.of_run(deployment, landed, tmp_path / "page.html").read_text(encoding="utf-8")
    assert 'data-state="Transform" data-status="failed"' in failed
    assert 'data-state="Tune" data-status="skipped"' in failed
    assert 'data-failed-state="Transform"' in failed
    assert re.search(r"<pre data-log [^<]*Traceback[^<]*the column age is missing", failed)

    variables = {**deployment.workspace.variables, "transform_script": str(TRANSFORM)}
    replace(deployment.workspace, variables=variables).apply()
    clients("stepfunctions").redrive_execution(executionArn=landed.execution_arn)
    outcome = deployment.follow(landed)
    assert (outcome.status, outcome.error, outcome.cause) == ("SUCCEEDED", None, None)
    assert told()["Subject"] == "walk: a new model is registered"
    finished = deployment.record(landed)
    assert finished is not None
    assert finished["status"] == "registered"
    champion = deployment.champion()
    assert champion is not None
    assert champion["run"] == landed.run
    redriven = page_support.of_run(deployment, landed, tmp_path / "page.html").read_text(encoding="utf-8")
    assert "redriven 1 time" in redriven
    assert 'data-state="Transform" data-status="succeeded" data-visits="1" data-retries="1"' in redriven
    (row,) = re.findall(r'data-visit="Transform".*?</tr>', redriven, re.DOTALL)
    assert row.count('<rect class="span') == 2
    assert row.count('class="span failed"') == 1
    assert_no_event_waits(clients)


def assert_no_event_waits(clients: Clients) -> None:
    """No event waits, in a queue or among the dead letters."""
    sqs: Any = clients("sqs")
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    for url in sqs.list_queues()["QueueUrls"]:
        counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        assert set(counts.values()) == {"0"}, (url, counts)
