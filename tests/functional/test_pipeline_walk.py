"""The walk, held to what came out: predictions, records, runs, and what is left behind."""

from __future__ import annotations

import csv
import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import page_support
import pytest
from browser_support import Browser
from pipeline_support import Clients, Deployment, deploy, inventory

from s_infra.landing.landing import Landing
from s_infra.sandbox.supervisor import Sandbox


@dataclass
class Walked(Deployment):
    """A deployment with one training and one scoring run behind it."""

    trained: Landing
    scored: Landing


@pytest.fixture(scope="module")
def deployment(
    sandbox: Sandbox, clients: Clients, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Walked]:
    """The module, applied; what is left after it is destroyed is looked at when all tests have run."""
    scratch = tmp_path_factory.mktemp("walk")
    schema = scratch / "schema.json"
    schema.write_text(
        json.dumps({"fields": [{"name": "sample_id"}, {"name": "benign"}], "fieldsMatch": "subset"})
    )
    with deploy(sandbox, clients, scratch, schema=str(schema)) as deployed:
        trained = deployed.run("train.csv", "training")
        scored = deployed.run("score.csv", "scoring")
        yield Walked(**vars(deployed), trained=trained, scored=scored)
    left = inventory(clients)
    assert left == {name: [] for name in left}


@pytest.mark.parity("task:sagemaker:createTransformJob.sync")
def test_the_predictions_are_those_of_the_model_that_was_trained(deployment: Walked) -> None:
    model = deployment.model(deployment.trained)
    rows = list(csv.reader((deployment.data / "score.csv").read_text().splitlines()))
    names = sorted(set(rows[0]) - {"sample_id"})
    features = np.array([[float(row[rows[0].index(name)]) for name in names] for row in rows[1:]])
    logits = (features - model["means"]) / np.array(model["scales"]) @ model["weights"] + model["bias"]
    expected = 1 / (1 + np.exp(-logits))
    predicted = deployment.predictions(deployment.scored)
    assert [label for label, _ in predicted] == [int(p >= 0.5) for p in expected]
    assert np.allclose([p for _, p in predicted], expected, atol=1e-6)


def test_the_predictions_hold_against_labels_that_the_pipeline_never_saw(deployment: Walked) -> None:
    labels = list(csv.reader((deployment.data / "labels.csv").read_text().splitlines()))[1:]
    predicted = deployment.predictions(deployment.scored)
    right = sum(int(truth) == label for (_, truth), (label, _) in zip(labels, predicted, strict=True))
    assert right / len(labels) > 0.9


@pytest.mark.parity(
    "task:sagemaker:createHyperParameterTuningJob.sync", "task:glue:startJobRun.sync", "task:sns:publish"
)
def test_the_record_tells_trials_gate_and_model(deployment: Walked) -> None:
    record = deployment.record(deployment.trained)
    assert record is not None
    metrics = [
        trial["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
        for trial in record["trials"]
        if trial["TrainingJobStatus"] == "Completed"
    ]
    assert len(record["trials"]) == 2
    assert len({trial["TunedHyperParameters"]["C"] for trial in record["trials"]}) == 2
    assert record["status"] == "registered"
    assert record["best"]["metric_value"] == pytest.approx(max(metrics))
    assert record["gate"]["passed"] is True
    scored = deployment.record(deployment.scored)
    assert scored is not None
    assert scored["model"] == {"name": record["model"]["name"], "run": deployment.trained.run}


@pytest.mark.parity("task:aws-sdk:cloudwatch:*")
def test_what_train_measured_is_published(deployment: Walked, clients: Clients) -> None:
    record = deployment.record(deployment.trained)
    assert record is not None
    published = {}
    for name in ("Training Accuracy", "Validation Accuracy"):
        found = clients("cloudwatch").get_metric_statistics(
            Namespace="s-infra/ml-ops",
            MetricName=name,
            Dimensions=[{"Name": "Pipeline", "Value": "walk"}],
            StartTime=datetime.now(UTC) - timedelta(hours=1),
            EndTime=datetime.now(UTC) + timedelta(minutes=1),
            Period=86400,
            Statistics=["Maximum"],
            Unit="Percent",
        )
        published[name] = max(point["Maximum"] for point in found["Datapoints"])
    assert published["Validation Accuracy"] >= 100 * record["best"]["metric_value"] - 1e-6
    assert 80 < published["Training Accuracy"] <= 100


def test_the_page_of_a_training_run_shows_its_states_trials_and_gate(
    deployment: Walked, browser: Browser, tmp_path: Path
) -> None:
    record = deployment.record(deployment.trained)
    assert record is not None
    browser.open(page_support.of_run(deployment, deployment.trained, tmp_path / "page.html"))
    stands = page_support.states(browser)
    shown = [stands[name] for name in ("Tune", "Register", "LatestLanding", "EndpointConfig")]
    assert shown == ["succeeded", "succeeded", "caught", "skipped"]
    assert set(browser.all("[data-visit]", "data-visit")) == {
        name for name, status in stands.items() if status != "skipped"
    }
    told = browser.all(".plot[data-plot='by trial'] .point title", "text")
    values = sorted(
        f"{trial['FinalHyperParameterTuningJobObjectiveMetric']['Value']:.6g}" for trial in record["trials"]
    )
    assert sorted(str(text).split(" with ")[0].split(": ")[1] for text in told) == values
    assert browser.all("[data-axis=log]", "data-plot") == ["by C"]
    assert browser.all("[data-gate]", "data-gate") == ["passed"]
    assert browser.all("[data-value]", "text") == [f"{record['gate']['value']:.6g}"]
    assert deployment.trained.version_id in str(browser.all("[data-landed]", "text"))


def test_the_page_of_a_scoring_run_shows_its_predictions(
    deployment: Walked, browser: Browser, tmp_path: Path
) -> None:
    predicted = deployment.predictions(deployment.scored)
    browser.open(page_support.of_run(deployment, deployment.scored, tmp_path / "page.html"))
    assert browser.all("[data-predictions]", "data-predictions") == [str(len(predicted))]
    rows = browser.all("[data-predictions] tbody td:nth-child(2)", "text")
    assert rows == [str(label) for label, _ in predicted[: len(rows)]]
    bars = [int(str(count)) for count in browser.all("[data-plot^=prediction] .column", "data-count")]
    labels = [label for label, _ in predicted]
    assert bars == [labels.count(0), labels.count(1)]
    assert browser.all("[data-no-tuning]", "text") == ["No tuning in this run."]


def test_a_second_apply_plans_nothing(deployment: Walked) -> None:
    assert not deployment.workspace.has_changes()


def test_the_same_file_landed_twice_is_one_run_each_version(deployment: Walked) -> None:
    first, second = (deployment.run("score.csv", "scoring") for _ in range(2))
    assert first.version_id != second.version_id
    assert deployment.predictions(first) == deployment.predictions(second)
    names = [execution["name"] for execution in deployment.executions("scoring")]
    assert names.count(first.run) == names.count(second.run) == 1


def test_a_new_champion_scores_the_file_that_landed_last_again(deployment: Walked) -> None:
    last = deployment.run("score.csv", "scoring")
    trained = deployment.run("train.csv", "training")
    champion = deployment.champion()
    assert champion is not None
    assert champion["run"] == trained.run
    again = replace(
        last, run=f"{last.run}-m{hashlib.sha256(champion['model_name'].encode()).hexdigest()[:8]}"
    )
    again = replace(again, execution_arn=deployment.pipeline.execution_arn("scoring", again.run))
    assert deployment.follow(again).status == "SUCCEEDED"
    record = deployment.record(again)
    assert record is not None
    assert (record["landing"], record["model"]["run"]) == (last.run, trained.run)
    assert len(deployment.predictions(again)) == len(deployment.predictions(last))


def test_an_event_that_comes_again_starts_nothing(deployment: Walked, clients: Clients) -> None:
    landed = deployment.scored
    before = deployment.executions("scoring")
    events = clients("events")
    rule = next(
        rule for rule in events.list_rules()["Rules"] if "Object Created" in str(rule.get("EventPattern"))
    )
    queue_arn = events.list_targets_by_rule(Rule=rule["Name"])["Targets"][0]["Arn"]
    sqs = clients("sqs")
    queue = sqs.get_queue_url(QueueName=queue_arn.rsplit(":", 1)[1])["QueueUrl"]
    stored = clients("s3").head_object(Bucket=landed.bucket, Key=landed.key, VersionId=landed.version_id)
    event = {
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
    for _ in range(5):
        sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(event))
    wait_until_empty(sqs, queue)
    assert [one["name"] for one in deployment.executions("scoring")] == [one["name"] for one in before]


def command(deployment: Walked, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `s-infra` where there is no Terraform state: the pipeline is found by its name."""
    program = Path(sys.executable).with_name("s-infra")
    return subprocess.run(
        [program, *arguments],
        env=dict(deployment.workspace.environment),
        cwd=deployment.data,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parity("ssm:GetParameter")
def test_a_file_lands_by_the_pipelines_name_once(deployment: Walked) -> None:
    renamed = deployment.data / "score_by_name.csv"
    renamed.write_bytes((deployment.data / "score.csv").read_bytes())
    first = command(deployment, "land", renamed.name, "--to", "walk", "--wait")
    assert first.returncode == 0, first.stderr
    assert "RegisterPredictions" in first.stderr or "Record" in first.stderr
    second = command(deployment, "land", renamed.name, "--to", "walk")
    assert (second.returncode, second.stdout) == (0, first.stdout)
    assert "has landed before" in second.stderr
    watched = command(deployment, "runs", "watch", first.stdout.strip(), "--of", "walk")
    assert watched.returncode == 0, watched.stderr
    names = [execution["name"] for execution in deployment.executions("scoring")]
    assert names.count(first.stdout.strip()) == 1


def test_a_file_that_does_not_keep_the_contract_starts_nothing(deployment: Walked) -> None:
    path = deployment.data / "train_renamed.csv"
    path.write_text((deployment.data / "train.csv").read_text().replace("benign", "benigne", 1))
    before = len(deployment.executions("training"))
    refused = command(deployment, "land", path.name, "--to", "walk")
    assert refused.returncode == 1
    assert "missing benign" in refused.stderr
    assert "schemas/training.json" in refused.stderr
    listed = deployment.clients("s3").list_objects_v2(
        Bucket=deployment.pipeline.feature_store_bucket, Prefix=f"train/{path.name}"
    )
    assert listed["KeyCount"] == 0
    assert len(deployment.executions("training")) == before


def test_runs_are_found_by_their_file(deployment: Walked) -> None:
    done = command(deployment, "runs", "list", "--of", "walk", "--file", "train.csv", "--json")
    assert done.returncode == 0, done.stderr
    found = {one["run"]: one for one in json.loads(done.stdout)}
    trained = found[deployment.trained.run]
    assert (trained["kind"], trained["status"]) == ("training", "registered")
    assert trained["data"] == f"s3://{deployment.trained.bucket}/{deployment.trained.key}"
    assert trained["version_id"] == deployment.trained.version_id
    assert deployment.scored.run not in found
    shown = command(deployment, "runs", "list", "--of", "walk", "--limit", "1")
    assert shown.stdout.splitlines()[0].split() == ["RUN", "KIND", "STATUS", "BEGUN", "SECONDS", "FILE"]
    assert len(shown.stdout.splitlines()) == 2


def test_a_run_that_step_functions_forgot_is_known_by_its_record(
    deployment: Walked, clients: Clients
) -> None:
    record = deployment.record(deployment.scored)
    old = f"{deployment.scored.run}-old"
    clients("s3").put_object(
        Bucket=deployment.pipeline.metadata_store_bucket,
        Key=f"{deployment.pipeline.metadata_prefix}runs/{old}.json",
        Body=json.dumps(record).encode(),
    )
    shown = command(deployment, "runs", "show", old, "--of", "walk")
    assert shown.returncode == 0, shown.stderr
    assert f"version {deployment.scored.version_id}" in shown.stdout
    listed = command(deployment, "runs", "list", "--of", "walk", "--json")
    assert old in [one["run"] for one in json.loads(listed.stdout)]


def wait_until_empty(sqs: Any, queue: str) -> None:
    """Wait until each message of the queue was handled and deleted."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    for _ in range(200):
        counts = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
        if not any(int(counts[name]) for name in names):
            return
        time.sleep(0.1)
    raise AssertionError(f"the queue still has messages: {counts}")
