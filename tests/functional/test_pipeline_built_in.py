"""One of AWS's algorithms in place of a container: data that apply lands trains it, and it predicts."""

from __future__ import annotations

import csv
import time
from pathlib import Path
from typing import Any

from pipeline_support import Clients, Deployment, applied

from s_infra.packaging import aws_images
from s_infra.runs import records
from s_infra.sandbox.supervisor import Sandbox

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
ROOT = Path(__file__).parent / "roots/built_in"


def scored(deployment: Deployment) -> dict[str, Any]:
    """Wait for the scoring run that ends with predictions; return its record."""
    deadline = time.monotonic() + 60
    while True:
        for execution in deployment.executions("scoring"):
            record = records.record(deployment.pipeline, execution["name"], deployment.clients("s3"))
            if record is not None and record["status"] == "scored":
                return record
        assert time.monotonic() < deadline, deployment.executions("scoring")
        time.sleep(0.1)


def test_data_that_apply_lands_is_trained_on_and_scored_by_awss_own_algorithm(
    sandbox: Sandbox, clients: Clients, tmp_path: Path
) -> None:
    aws_images.prepare(IMAGE, lambda _: None)
    with applied(ROOT, sandbox, clients, tmp_path, destroy=False, data=str(tmp_path / "data")) as deployment:
        assert clients("ecr").describe_repositories()["repositories"] == []
        deadline = time.monotonic() + 120
        while deployment.champion() is None:
            ended = [one["status"] for one in deployment.executions("training")]
            assert "FAILED" not in ended
            assert time.monotonic() < deadline, ended
            time.sleep(0.1)
        assert [one["name"][:6] for one in deployment.executions("training")] == ["stock-"]

        # Both files landed with apply; whichever came first, the model scores the one.
        record = scored(deployment)
        where = record["predictions"]
        key = f"{where['prefix']}test.csv"
        body = clients("s3").get_object(Bucket=where["bucket"], Key=key)["Body"].read().decode()
        labels = list(csv.DictReader((deployment.data / "labels.csv").read_text().splitlines()))
        truth = [int(next(value for name, value in row.items() if name != "sample_id")) for row in labels]
        predicted = [float(line) >= 0.5 for line in body.split()]
        right = sum(bool(a) == b for a, b in zip(truth, predicted, strict=True))
        assert right / len(truth) > 0.9
        assert not deployment.workspace.has_changes()
