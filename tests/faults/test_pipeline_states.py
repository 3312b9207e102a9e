"""A pipeline of the quickest programs there are: its states fail, trainings overlap, programs are bad.

What is swept comes from the definitions: a task that is new there and fails in none of these runs fails the
test. States of other types call nothing, and can't fail while the definition is right.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pipeline_support import REPOSITORY, Clients, Deployment, deploy, listen
from sweep_support import LANDED, Sweep

from s_infra.landing.landing import Landing
from s_infra.sandbox.supervisor import Sandbox

QUICK = REPOSITORY / "tests/data/containers/quick"
TRANSFORM = """
import sys

import boto3

given, s3 = dict(zip(sys.argv[1::2], sys.argv[2::2])), boto3.client("s3")
landed = s3.get_object(
    Bucket=given["--input_bucket"], Key=given["--input_key"], VersionId=given["--input_version"]
)["Body"].read()
for name in ("--train_output_key", "--validate_output_key", "--score_output_key"):
    if name in given:
        s3.put_object(Bucket=given["--output_bucket"], Key=given[name], Body=landed)
"""
# What lands says what is done.
TRAIN = "#!/bin/sh\nsh /opt/ml/input/data/train/train.csv\n"
WITHOUT_MODEL = b"echo accuracy=0.9\n"
WITHOUT_METRIC = b"echo model > /opt/ml/model/model.json\n"


@pytest.fixture(scope="module")
def deployment(
    sandbox: Sandbox, clients: Clients, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    scratch = tmp_path_factory.mktemp("sweep")
    transform, container = scratch / "transform.py", scratch / "container"
    transform.write_text(TRANSFORM)
    shutil.copytree(QUICK, container)
    (container / "program/train").write_text(TRAIN)
    with deploy(
        sandbox, clients, scratch, transform=transform, container=container, threshold=0.5, destroy=False
    ) as made:
        yield made


# Some forty failures and redrives, each of which is waited for.
@pytest.mark.timeout(600)
def test_each_task_fails_in_turn_and_a_redrive_completes(deployment: Deployment, tmp_path: Path) -> None:
    begin_again(deployment)
    listener = listen(deployment.pipeline, deployment.clients)
    training, scoring = (Sweep(kind, deployment, listener) for kind in ("training", "scoring"))

    # Before there is a model: a file waits for it, another is just about to.
    assert scoring.drive(scoring.land("a.csv"))["status"] == "waiting"
    scoring.failed.remove("LateChampion")
    scoring.arm("LateChampion", nth=2)
    scoring.champion = None
    late = deployment.put("scoring", "b.csv", LANDED["scoring"])
    assert deployment.follow(late).failed_state == "LateChampion"

    # The first model, whose run scores what waits; then the file that was about to wait finds it.
    first = training.land("a.csv")
    assert training.drive(first)["status"] == "registered"
    champion = deployment.champion()
    assert champion is not None
    assert champion["run"] == first.run
    scoring.champion = champion
    assert scoring.drive(late)["status"] == "waiting"

    scored = scoring.land("c.csv")
    assert scoring.drive(scored)["status"] == "scored"
    made = deployment.clients("s3").list_objects_v2(
        Bucket=deployment.pipeline.output_store_bucket, Prefix="predictions/"
    )["Contents"]
    assert [one["Key"] for one in made if scored.run in one["Key"]] == [
        f"predictions/model={champion['model_name']}/run={scored.run}/test.csv"
    ]

    # With an endpoint: first in the place of one that never came up, then of one that serves.
    serve(deployment)
    fail_endpoint(deployment, champion["model_name"])
    for name in ("b.csv", "c.csv"):
        landed = training.land(name)
        assert training.drive(landed)["status"] == "registered"
        assert in_use(deployment) == (landed.run, landed.run)

    for sweep in (training, scoring):
        kinds = {state["Type"] for state in sweep.machine.states.values()} - {"Task"}
        assert kinds <= {"Choice", "Map", "Pass", "Succeed", "Wait"}
        assert sweep.machine.tasks - sweep.failed == set(), f"{sweep.kind}: these never failed"


def test_of_two_trainings_the_newer_datas_model_is_used(deployment: Deployment) -> None:
    serve(deployment)
    training = Sweep("training", deployment, listen(deployment.pipeline, deployment.clients))

    # The older one writes the champion first; the newer one, held against what was before, takes over.
    older, newer = fail_at(training, "Tune", "d.csv"), fail_at(training, "Champion", "e.csv")
    assert go_on(deployment, older)["status"] == "registered"
    assert in_use(deployment) == (older.run, older.run)
    assert go_on(deployment, newer)["status"] == "registered"
    assert in_use(deployment) == (newer.run, newer.run)

    # The older one comes last, and has been about to move the endpoint: it ends as if it had never been.
    older = fail_at(training, "UpdateEndpoint", "f.csv")
    newer = deployment.put("training", "g.csv", LANDED["training"])
    assert deployment.follow(newer).status == "SUCCEEDED"
    assert in_use(deployment) == (newer.run, newer.run)
    record = go_on(deployment, older)
    assert (record["status"], record["gate"]["passed"]) == ("superseded", True)
    assert record["superseded_by"]["run"] == newer.run
    assert in_use(deployment) == (newer.run, newer.run)
    assert training.listener.wait_for(f"is not used: that of run {newer.run}")["Subject"] == (
        "walk: a newer model stays in use"
    )


def test_bad_programs_fail_their_runs_and_leave_what_stands(deployment: Deployment) -> None:
    good = deployment.put("training", "good.csv", LANDED["training"])
    assert deployment.follow(good).status == "SUCCEEDED"
    champion = deployment.champion()
    assert champion is not None
    assert champion["run"] == good.run
    bad = {
        "Register": deployment.put("training", "no-model.csv", WITHOUT_MODEL),
        "Tune": deployment.put("training", "no-metric.csv", WITHOUT_METRIC),
    }
    reasons = {"Register": "Could not find model data", "Tune": "No objective metrics found"}
    for state, landed in bad.items():
        assert deployment.follow(landed).failed_state == state
        record = deployment.wait_for_record(landed)
        assert reasons[state] in record["cause"]
        assert "quarantine" not in record
        deployment.still_there(landed)

    ecr, named = deployment.clients("ecr"), {"repositoryName": "walk-tumours"}
    (tag,) = ecr.list_images(**named)["imageIds"]
    (image,) = ecr.batch_get_image(**named, imageIds=[tag])["images"]
    ecr.batch_delete_image(**named, imageIds=[tag])
    landed = deployment.put("training", "no-image.csv", LANDED["training"])
    assert deployment.follow(landed).failed_state == "Tune"
    assert tag["imageTag"] in deployment.wait_for_record(landed)["cause"]
    assert deployment.champion() == champion
    ecr.put_image(**named, imageManifest=image["imageManifest"], imageTag=tag["imageTag"])
    assert go_on(deployment, landed)["status"] == "registered"


def begin_again(deployment: Deployment) -> None:
    """Take back what runs have made, and the endpoint: as if none had been."""
    deployment.workspace.apply()
    s3, bucket = deployment.clients("s3"), deployment.pipeline.metadata_store_bucket
    for one in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        s3.delete_object(Bucket=bucket, Key=one["Key"])
    sagemaker = deployment.clients("sagemaker")
    for one in sagemaker.list_endpoints()["Endpoints"]:
        sagemaker.delete_endpoint(EndpointName=one["EndpointName"])


def serve(deployment: Deployment) -> None:
    """Have the pipeline's models served by an endpoint, too."""
    variables = {**deployment.workspace.variables, "deployment": "Endpoint"}
    replace(deployment.workspace, variables=variables).apply()


def fail_at(sweep: Sweep, state: str, name: str) -> Landing:
    """Land a file whose training fails at a state, for no reason of its own."""
    sweep.arm(state)
    landed = sweep.deployment.put("training", name, LANDED["training"])
    assert sweep.deployment.follow(landed).failed_state == state
    sweep.deployment.clear_faults()
    return landed


def go_on(deployment: Deployment, landed: Landing) -> dict[str, Any]:
    """Redrive a run, which ends well; return its record."""
    deployment.clients("stepfunctions").redrive_execution(executionArn=landed.execution_arn)
    outcome = deployment.follow(landed)
    assert outcome.status == "SUCCEEDED", (outcome.failed_state, outcome.cause)
    record = deployment.record(landed)
    assert record is not None
    return record


def in_use(deployment: Deployment) -> tuple[str, str]:
    """Return the runs whose models the champion and the endpoint are."""
    champion = deployment.champion()
    assert champion is not None
    serving = deployment.clients("sagemaker").describe_endpoint(EndpointName="walk-endpoint")
    assert serving["EndpointStatus"] == "InService"
    config = serving["EndpointConfigName"]
    runs = [
        one["name"]
        for one in deployment.executions("training")
        if ((deployment.recorded(one["name"]) or {}).get("model") or {}).get("name") == config
    ]
    return champion["run"], *runs


def fail_endpoint(deployment: Deployment, model: str) -> None:
    """Leave an endpoint of the pipeline's name that never came up."""
    sagemaker = deployment.clients("sagemaker")
    described = sagemaker.describe_model(ModelName=model)
    container = {**described["PrimaryContainer"], "Environment": {"SCALE": "no number"}}
    named = {"ExecutionRoleArn": described["ExecutionRoleArn"], "PrimaryContainer": container}
    sagemaker.create_model(ModelName="broken", **named)
    variant = {"VariantName": "broken", "ModelName": "broken", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(
        EndpointConfigName="broken", ProductionVariants=[{**variant, "InstanceType": "ml.m5.large"}]
    )
    sagemaker.create_endpoint(EndpointName="walk-endpoint", EndpointConfigName="broken")
    with pytest.raises(Exception, match="Failed"):
        sagemaker.get_waiter("endpoint_in_service").wait(
            EndpointName="walk-endpoint", WaiterConfig={"Delay": 1, "MaxAttempts": 30}
        )
