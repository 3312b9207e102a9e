"""What goes wrong in the user's parts ends the run with the reason, and deploys nothing."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pipeline_support import CONTAINER, TRANSFORM, Clients, Deployment, deploy

from s_infra.runs import logs, report
from s_infra.sandbox.supervisor import Sandbox

BROKEN_TRANSFORM = """
import sys

def main():
    print("reading", file=sys.stderr)
    raise ValueError("the column 'age' is missing")

main()
"""

BROKEN_TRAIN = """#!/usr/bin/env python3
import pathlib, sys

print("about to fail")
pathlib.Path("/opt/ml/output/failure").write_text("ValueError: two classes are needed, got one")
sys.exit(1)
"""


@pytest.fixture(scope="module")
def deployment(
    sandbox: Sandbox, clients: Clients, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    with deploy(
        sandbox, clients, tmp_path_factory.mktemp("faults"), threshold=0.9, destroy=False
    ) as deployed:
        yield deployed


def applied(deployment: Deployment, **variables: str) -> Deployment:
    """Apply the module again with other variables; what isn't given is as it should be."""
    right = {"transform_script": str(TRANSFORM), "container": str(CONTAINER), "threshold": "0.9"}
    workspace = replace(
        deployment.workspace, variables={**deployment.workspace.variables, **right, **variables}
    )
    workspace.apply()
    return replace(deployment, workspace=workspace)


def test_a_transform_that_raises_fails_the_run_with_its_error_and_its_log(
    deployment: Deployment, clients: Clients, tmp_path: Path
) -> None:
    script = tmp_path / "transform.py"
    script.write_text(BROKEN_TRANSFORM)
    broken = applied(deployment, transform_script=str(script))
    landed = broken.land("train.csv", "training")
    outcome = broken.follow(landed)
    assert outcome.status == "FAILED"
    assert outcome.failed_state == "Transform"
    assert "the column 'age' is missing" in str(logs.reason(outcome.cause))
    tails = logs.of_failure(outcome.cause, clients("logs"), clients("sagemaker"))
    assert any("ValueError" in line for tail in tails for line in tail.lines)
    assert broken.champion() is None
    record = broken.wait_for_record(landed)
    assert record["status"] == "failed"
    assert "the column 'age' is missing" in record["cause"]


def test_the_screen_tells_state_reason_and_log_of_a_failed_run(
    deployment: Deployment, tmp_path: Path
) -> None:
    script = tmp_path / "transform.py"
    script.write_text(BROKEN_TRANSFORM)
    broken = applied(deployment, transform_script=str(script))
    state = broken.workspace.state_directory
    done = subprocess.run(
        [Path(sys.executable).with_name("s-infra"), "land", broken.data / "train.csv", "--again", "--wait"],
        cwd=broken.workspace.directory,
        # The state lies apart from the module here, which is what Terraform's own variables are for.
        env={
            **broken.workspace.environment,
            "TF_DATA_DIR": f"{state}/data",
            "TF_CLI_ARGS_output": f"-state={state}/terraform.tfstate",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert re.fullmatch(r"walk-[0-9a-f]{12}\n", done.stdout)
    assert "failed in state Transform: States.TaskFailed" in done.stderr
    assert "reason: ValueError: the column 'age' is missing" in done.stderr
    assert re.search(
        r"^log /aws-glue/python-jobs/error .*\n(  .*\n)*  ValueError: the column", done.stderr, re.M
    )


def test_a_train_that_exits_with_1_fails_the_run_with_the_programs_reason(
    deployment: Deployment, clients: Clients, tmp_path: Path
) -> None:
    container = tmp_path / "container"
    shutil.copytree(CONTAINER, container)
    (container / "model/train").write_text(BROKEN_TRAIN)
    broken = applied(deployment, container=str(container))
    outcome = broken.follow(broken.land("train.csv", "training"))
    assert outcome.status == "FAILED"
    assert outcome.failed_state == "Tune"
    assert "two classes are needed" in str(logs.reason(outcome.cause))
    tails = logs.of_failure(outcome.cause, clients("logs"), clients("sagemaker"))
    assert any("about to fail" in line for tail in tails for line in tail.lines)
    assert broken.champion() is None


def test_a_gate_that_no_model_passes_refuses_and_deploys_nothing(
    deployment: Deployment, clients: Clients
) -> None:
    strict = applied(deployment, threshold="1.5")
    landed = strict.land("train.csv", "training")
    outcome = strict.follow(landed)
    record = strict.record(landed)
    assert record is not None
    assert record["status"] == "refused"
    assert record["gate"]["passed"] is False
    assert record["gate"]["value"] == record["best"]["metric_value"] < 1.5
    assert outcome.output is not None
    assert outcome.output["status"] == "refused"
    assert strict.champion() is None
    assert clients("sagemaker").list_models()["Models"] == []


def test_scoring_before_any_training_waits_and_says_so(deployment: Deployment, clients: Clients) -> None:
    deployed = applied(deployment)
    landed = deployed.land("score.csv", "scoring")
    outcome = deployed.follow(landed)
    record = deployed.record(landed)
    assert outcome.status == "SUCCEEDED"
    assert outcome.output == {"run": landed.run, "status": "waiting"}
    assert record is not None
    assert record["status"] == "waiting"
    assert any("scores this file" in line for line in report.record_lines(record))
    waiting = clients("s3").list_objects_v2(
        Bucket=deployed.pipeline.metadata_store_bucket, Prefix="scoring/waiting/"
    )["Contents"]
    assert [one["Key"] for one in waiting] == [f"scoring/waiting/{landed.run}.json"]
    assert clients("sagemaker").list_transform_jobs()["TransformJobSummaries"] == []
