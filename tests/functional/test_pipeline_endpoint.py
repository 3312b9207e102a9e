"""Training that deploys: the endpoint serves the champion, moves to the next, and goes with the pipeline.

The pipeline has its stores in a bucket that exists, which it leaves as it was.
"""

from __future__ import annotations

import csv
import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pipeline_support import CONTAINER, Clients, Deployment, deploy, inventory

from s_infra.sandbox.supervisor import Sandbox

ENDPOINT = "walk-endpoint"
BUCKET = "lake-of-somebody"
BROKEN_SERVE = "#!/usr/bin/env python3\nraise SystemExit('no port today')\n"


@pytest.fixture(scope="module")
def deployment(
    sandbox: Sandbox, clients: Clients, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    s3 = clients("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    s3.put_object(Bucket=BUCKET, Key="train/train.csv", Body=b"of somebody else")
    scratch = tmp_path_factory.mktemp("endpoint")
    with deploy(sandbox, clients, scratch, deployment="Endpoint", bucket=BUCKET) as deployed:
        deployed.run("train.csv", "training")
        made = inventory(clients)
        # All kinds but what an engine of this machine makes needless.
        assert [kind for kind, names in made.items() if not names] == ["build projects"]
        yield deployed
    left = inventory(clients)
    assert left == {**{name: [] for name in left}, "buckets": [BUCKET]}
    kept = {one["Key"].split("/")[0] for one in s3.list_objects_v2(Bucket=BUCKET)["Contents"]}
    assert kept == {"train", "walk"}


def rows(deployment: Deployment) -> bytes:
    """Return the features of the example's first rows to score, as the container reads them."""
    with (deployment.data / "score.csv").open(newline="") as file:
        table = list(csv.DictReader(file))[:5]
    names = sorted(set(table[0]) - {"sample_id"})
    return "".join(",".join(row[name] for name in names) + "\n" for row in table).encode()


def ask(deployment: Deployment) -> list[tuple[int, float]]:
    answer = deployment.clients("sagemaker-runtime").invoke_endpoint(
        EndpointName=ENDPOINT, ContentType="text/csv", Accept="text/csv", Body=rows(deployment)
    )
    lines = answer["Body"].read().decode().splitlines()
    return [(int(label), float(probability)) for label, probability in csv.reader(lines)]


def served(deployment: Deployment) -> str:
    """Return the model that the endpoint serves."""
    sagemaker = deployment.clients("sagemaker")
    config = sagemaker.describe_endpoint(EndpointName=ENDPOINT)["EndpointConfigName"]
    variants = sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
    return str(variants[0]["ModelName"])


@pytest.mark.parity("task:sagemaker:createEndpoint", "task:sagemaker:createEndpointConfig")
def test_the_endpoint_serves_the_champion_as_a_batch_does(deployment: Deployment) -> None:
    champion = deployment.champion()
    assert champion is not None
    assert served(deployment) == champion["model_name"]
    scored = deployment.run("score.csv", "scoring")
    answers = ask(deployment)
    assert [label for label, _ in answers] == [label for label, _ in deployment.predictions(scored)[:5]]
    assert [p for _, p in answers] == pytest.approx([p for _, p in deployment.predictions(scored)[:5]])


@pytest.mark.parity("task:sagemaker:updateEndpoint")
def test_a_new_model_takes_over_without_a_dropped_request(deployment: Deployment) -> None:
    before, done = served(deployment), threading.Event()
    answers: list[int] = []

    def keep_asking() -> None:
        while not done.is_set():
            answers.append(len(ask(deployment)))

    asking = threading.Thread(target=keep_asking)
    asking.start()
    try:
        landed = deployment.run("train.csv", "training")
    finally:
        done.set()
        asking.join()
    record = deployment.record(landed)
    assert record is not None
    assert record["endpoint"] == {"name": ENDPOINT, "config": record["model"]["name"]}
    assert served(deployment) == record["model"]["name"] != before
    assert len(answers) > 10
    assert set(answers) == {5}


def test_a_model_that_does_not_serve_leaves_the_one_that_does(deployment: Deployment, tmp_path: Path) -> None:
    before, champion = served(deployment), deployment.champion()
    container = tmp_path / "container"
    shutil.copytree(CONTAINER, container)
    (container / "model/serve").write_text(BROKEN_SERVE)
    variables = {**deployment.workspace.variables, "container": str(container)}
    replace(deployment.workspace, variables=variables).apply()
    outcome = deployment.follow(deployment.land("train.csv", "training"))
    assert outcome.status == "FAILED"
    assert outcome.failed_state == "EndpointStatus"
    assert "walk-endpoint does not serve the new model" in str(outcome.cause)
    assert (served(deployment), deployment.champion()) == (before, champion)
    assert len(ask(deployment)) == 5
    deployment.workspace.apply()


def test_a_message_says_how_to_ask_the_endpoint(deployment: Deployment) -> None:
    outputs = deployment.workspace.outputs()
    assert outputs["pipeline"]["endpoint_name"] == ENDPOINT
    assert "invoke-endpoint --endpoint-name walk-endpoint" in json.dumps(outputs["summary"])


def test_the_stores_are_folders_of_the_bucket_that_exists(deployment: Deployment) -> None:
    listed = deployment.clients("s3").list_objects_v2(Bucket=BUCKET, Prefix="walk/", Delimiter="/")
    stores = {one["Prefix"] for one in listed["CommonPrefixes"]}
    assert {
        "walk/feature-store/",
        "walk/extract-store/",
        "walk/model-store/",
        "walk/metadata-store/",
    } <= stores
    assert deployment.pipeline.train_prefix == "walk/feature-store/train/"
