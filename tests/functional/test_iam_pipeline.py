"""The pipeline with `--iam`: its module's own roles are enough, each grant has a use, none may be missing."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator
from typing import Any

import pytest
from pipeline_support import Clients, Deployment, deploy

from s_infra.sandbox import supervisor
from s_infra.sandbox.access import grants

# What a run on AWS needs, and one that goes well here never asks for: by action, whatever the role.
NOT_SEEN_HERE = (
    # AWS's services do these past their endpoints: layers, traces, the rules behind `.sync`.
    *("ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "events:*", "xray:*"),
    # The token is asked for once by the first of two roles that pull the same image.
    "ecr:GetAuthorizationToken",
    # To stop what an execution has started, when it is stopped or its time is up; to find it again.
    *("sagemaker:Stop*", "sagemaker:ListTags", "glue:BatchStopJobRun", "glue:GetJobRuns"),
    # What a crawler does to a table that has changed or gone, and operations on one partition or all tables.
    *("glue:BatchDeletePartition", "glue:CreatePartition", "glue:DeletePartition", "glue:DeleteTable"),
    *(
        "glue:GetPartition",
        "glue:GetPartitions",
        "glue:GetTables",
        "glue:UpdatePartition",
        "glue:UpdateTable",
    ),
    # SageMaker looks for a stream before it makes one.
    "logs:DescribeLogStreams",
    # SNS asks KMS itself.
    "kms:*",
)
# By role, what the other paths through the machines need (a failure told, a file that waits for a model), and
# what isn't asked of the sandbox's endpoint.
OTHER_PATHS = {
    "walk-predictions": {"s3:GetBucketLocation"},
    "walk-report-failure": {
        *("s3:DeleteObject", "s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "s3:PutObject"),
        *("sns:Publish", "states:DescribeExecution", "states:GetExecutionHistory", "logs:*"),
    },
    "walk-scoring": {"s3:ListBucket", "sagemaker:AddTags", "states:StartExecution"},
    "walk-training": {"s3:DeleteObject", "states:StartExecution"},
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[supervisor.Sandbox]:
    """A sandbox that enforces policies."""
    with supervisor.running(iam=True) as running:
        yield running


@pytest.fixture(scope="module")
def deployment(
    sandbox: supervisor.Sandbox, clients: Clients, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    """The module, applied, with a training and a scoring run behind it."""
    with deploy(sandbox, clients, tmp_path_factory.mktemp("iam"), destroy=False) as deployed:
        deployed.run("train.csv", "training")
        deployed.run("score.csv", "scoring")
        yield deployed


def test_a_run_needs_no_more_than_the_module_grants(
    sandbox: supervisor.Sandbox, deployment: Deployment
) -> None:
    calls = sandbox.calls()
    roles = {call["principal"].split("/")[1] for call in calls if ":assumed-role/walk" in call["principal"]}
    assert {"walk-training", "walk-training-job", "walk-model", "walk-data-transformation"} <= roles
    jobs = [call for call in calls if call["principal"].endswith("walk-training-job/SageMaker")]
    written = [call["resource"] for call in jobs if "s3:PutObject" in call["actions"]]
    assert any(resource.endswith("model.tar.gz") for resource in written)
    own = deployment.pipeline.metadata_store_bucket
    assert any(call["resource"] == f"arn:aws:s3:::{own}/champion.json" for call in calls)


def test_a_run_uses_what_the_module_grants(
    sandbox: supervisor.Sandbox, deployment: Deployment, clients: Clients
) -> None:
    assert deployment.pipeline
    found = [
        (role, action)
        for role, action in grants.unused(clients("iam"), sandbox.calls())
        if not any(fnmatch.fnmatch(action, one) for one in NOT_SEEN_HERE)
        and not any(fnmatch.fnmatch(action, one) for one in OTHER_PATHS.get(role, ()))
    ]
    assert not found, found


def test_a_missing_grant_fails_the_run_and_is_its_reason(
    deployment: Deployment, clients: Clients, sandbox: supervisor.Sandbox
) -> None:
    iam, role = clients("iam"), "walk-data-transformation"
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    less = [one for one in document["Statement"] if "s3:PutObject" not in one["Action"]]
    _put(iam, role, name, {**document, "Statement": less})
    outcome = deployment.follow(deployment.land("train.csv", "training"))
    _put(iam, role, name, document)
    assert outcome.status == "FAILED"
    assert "AccessDenied" in str(outcome.cause)
    denied = [call for call in sandbox.calls() if not call["allowed"]]
    assert {(call["principal"].split("/")[1], *call["actions"]) for call in denied} == {
        (role, "s3:PutObject")
    }


def _put(iam: Any, role: str, name: str, document: dict[str, Any]) -> None:
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
