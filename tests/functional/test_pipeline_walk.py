"""The walk, held to what came out: predictions, records, runs, and what is left behind."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

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
