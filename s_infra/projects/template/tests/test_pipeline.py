"""The pipeline as a whole, in the sandbox: s-infra sandbox exec -- pytest"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parents[1]
LABELS = Path(__file__).with_name("labels.csv")


def s_infra(*arguments: str) -> str:
    """Run the helper in the project's folder and return what it prints on stdout."""
    done = subprocess.run(["s-infra", *arguments], cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


@pytest.fixture(scope="session", autouse=True)
def pipeline() -> Iterator[None]:
    """The project, applied; destroyed when the tests are over."""
    if "//127.0.0.1:" not in os.environ.get("AWS_ENDPOINT_URL", ""):
        pytest.exit("these tests are for the sandbox: s-infra sandbox exec -- pytest", returncode=2)
    s_infra("terraform", "--", "init")
    s_infra("terraform", "--", "apply", "-auto-approve", "-var=force_destroy=true")
    yield
    s_infra("terraform", "--", "destroy", "-auto-approve", "-var=force_destroy=true")


def record_of(run: str) -> dict[str, Any]:
    """Return what the pipeline recorded of a run that has ended."""
    record: dict[str, Any] = json.loads(s_infra("runs", "show", run, "--json"))["record"]
    return record


def test_a_model_is_registered() -> None:
    # Apply has landed the file; landing it again follows the run that this started.
    run = s_infra("land", "source/data/train/train.csv", "--wait").strip()
    assert record_of(run)["status"] == "registered"


def scoring_run(timeout: float = 300) -> str:
    """Wait until the file that waited for a model is scored, and return its run."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        for run in json.loads(s_infra("runs", "list", "--file", "score.csv", "--json")):
            if run["status"] == "scored":
                return str(run["run"])
        time.sleep(2)
    raise AssertionError(f"score.csv is not scored after {timeout} s")


def test_predictions_hold_against_labels_that_the_pipeline_never_saw() -> None:
    where = record_of(scoring_run())["predictions"]
    s3 = boto3.client("s3")
    found = s3.list_objects_v2(Bucket=where["bucket"], Prefix=where["prefix"])["Contents"]
    bodies = [s3.get_object(Bucket=where["bucket"], Key=one["Key"])["Body"].read().decode() for one in found]
    predicted = [int(row[0]) for body in bodies for row in csv.reader(body.splitlines())]
    with LABELS.open(newline="") as stream:
        labels = [int(row["benign"]) for row in csv.DictReader(stream)]
    right = sum(one == label for one, label in zip(predicted, labels, strict=True))
    assert right / len(labels) > 0.9
