"""Every module is created as its files say, plans nothing after that, and leaves nothing when destroyed."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import hcl_lints
import pytest
from module_support import CONTAINER, FIXTURES, REPOSITORY, applied, validate, workspace
from pipeline_support import inventory

from s_infra.sandbox.supervisor import Sandbox
from s_infra.terraform.core import BUILT_IN, Workspace

Clients = Callable[[str], Any]
Apply = Callable[..., Workspace]


@pytest.fixture
def apply(sandbox: Sandbox, clients: Clients, tmp_path: Path) -> Iterator[Apply]:
    """Applies a fixture; after the test it must plan nothing, and leave nothing once it is destroyed."""
    opened: list[Any] = []

    def apply(fixture: str, **variables: str) -> Workspace:
        entered = applied(fixture, sandbox, tmp_path / "state", variables)
        made = entered.__enter__()
        opened.append(entered)
        validate(made)
        assert not made.has_changes()
        return made

    yield apply
    for entered in opened:
        entered.__exit__(None, None, None)
    assert {name: left for name, left in inventory(clients).items() if left} == {}


def test_a_store_is_private_encrypted_versioned_and_tells_events(apply: Apply, clients: Clients) -> None:
    bucket = apply("s3-store").outputs()["name"]
    s3 = clients("s3")
    blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert all(blocked.values())
    assert len(blocked) == 4
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert "EventBridgeConfiguration" in s3.get_bucket_notification_configuration(Bucket=bucket)
    controls = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert controls == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    denied = policy["Statement"][0]
    assert denied["Effect"] == "Deny"
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    lifecycle = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"][0]
    assert lifecycle["NoncurrentVersionExpiration"]["NoncurrentDays"] == 90
    assert lifecycle["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] == 7


def test_a_store_with_objects_and_versions_goes_if_it_may(apply: Apply, clients: Clients) -> None:
    bucket = apply("s3-store").outputs()["name"]
    for body in (b"first", b"second"):
        clients("s3").put_object(Bucket=bucket, Key="train/a b+c.csv", Body=body)


def test_a_topic_is_encrypted_and_has_its_subscribers(apply: Apply, clients: Clients) -> None:
    arn = apply("notification-topic").outputs()["arn"]
    attributes = clients("sns").get_topic_attributes(TopicArn=arn)["Attributes"]
    assert attributes["KmsMasterKeyId"] == "alias/aws/sns"
    assert json.loads(attributes["Policy"])["Statement"][0]["Effect"] == "Deny"
    subscribed = clients("sns").list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    assert [(one["Protocol"], one["Endpoint"]) for one in subscribed] == [("email", "team@example.com")]


def test_a_glue_job_has_its_script_its_wheel_and_a_narrow_role(apply: Apply, clients: Clients) -> None:
    outputs = apply("glue-job").outputs()
    job = clients("glue").get_job(JobName=outputs["name"])["Job"]
    assert job["Command"]["Name"] == "pythonshell"
    assert job["Command"]["PythonVersion"] == "3.9"
    places = [job["Command"]["ScriptLocation"], job["DefaultArguments"]["--extra-py-files"]]
    for place in places:
        bucket, _, key = place.removeprefix("s3://").partition("/")
        assert bucket == outputs["store"]
        assert clients("s3").head_object(Bucket=bucket, Key=key)["ContentLength"] > 0
    statements = {one["Sid"]: one for one in policy_of(clients, outputs["name"])}
    store = f"arn:aws:s3:::{outputs['store']}"
    assert statements["ReadInput"]["Resource"] == f"{store}/in/*"
    assert statements["WriteOutput"] == {
        "Sid": "WriteOutput",
        "Effect": "Allow",
        "Action": "s3:PutObject",
        "Resource": f"{store}/out/*",
    }
    assert trust_of(clients, outputs["name"]) == ("glue.amazonaws.com", "000000000000")


def test_an_image_is_pushed_once_for_each_content(apply: Apply, clients: Clients, tmp_path: Path) -> None:
    container = tmp_path / "container"
    (container / "model").mkdir(parents=True)
    (container / "Dockerfile").write_text("FROM python:3.13-slim\nCOPY model /opt/program\n")
    (container / "model/train").write_text("#!/usr/bin/env python3\n")
    made = apply("ecr-image", source_path=str(container))
    first = made.outputs()
    assert first["image_uri"].endswith(f"/fixture/image:{first['tag']}")
    assert first["tag"].startswith("latest-")

    (container / "model/__pycache__").mkdir()
    (container / "model/__pycache__/train.cpython-313.pyc").write_bytes(b"cache")
    assert not made.has_changes()

    (container / "model/train").write_text("#!/usr/bin/env python3\nprint('changed')\n")
    assert made.has_changes()
    made.apply()
    second = made.outputs()
    assert second["tag"] != first["tag"]
    images = clients("ecr").list_images(repositoryName="fixture/image")["imageIds"]
    assert {image["imageTag"] for image in images} == {first["tag"], second["tag"]}
    repository = clients("ecr").describe_repositories(repositoryNames=["fixture/image"])["repositories"][0]
    assert repository["imageTagMutability"] == "IMMUTABLE"
    assert repository["imageScanningConfiguration"] == {"scanOnPush": True}


def test_a_function_runs_from_its_own_files_without_tests(apply: Apply, clients: Clients) -> None:
    name = apply("lambda-python").outputs()["name"]
    answer = clients("lambda").invoke(FunctionName=name, Payload=json.dumps({"name": "you"}))
    assert json.load(answer["Payload"]) == {"said": "hello you", "beside": ["handler.py"]}
    configuration = clients("lambda").get_function_configuration(FunctionName=name)
    assert configuration["Runtime"] == "python3.12"
    assert configuration["Architectures"] == ["arm64"]
    groups = clients("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")["logGroups"]
    assert [group["retentionInDays"] for group in groups] == [365]
    assert trust_of(clients, name) == ("lambda.amazonaws.com", "000000000000")
    granted = {action for one in policy_of(clients, name) for action in as_list(one["Action"])}
    assert "logs:CreateLogGroup" not in granted


def test_a_machine_reads_its_configuration_and_may_little(apply: Apply, clients: Clients) -> None:
    outputs = apply("state-machine").outputs()
    states = clients("stepfunctions")
    started = states.start_execution(stateMachineArn=outputs["arn"], input='{"name": "you"}')
    deadline = time.monotonic() + 20
    while (run := states.describe_execution(executionArn=started["executionArn"]))["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert (run["status"], json.loads(run["output"])) == ("SUCCEEDED", {"said": "hello you"})
    machine = states.describe_state_machine(stateMachineArn=outputs["arn"])
    assert machine["loggingConfiguration"]["includeExecutionData"] is False
    assert machine["loggingConfiguration"]["level"] == "ERROR"
    statements = {one["Sid"]: one for one in policy_of(clients, outputs["role_name"]) if "Sid" in one}
    assert statements["PassRoles"]["Condition"] == {
        "StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}
    }
    rules = [arn.rsplit("/", 1)[1] for arn in statements["WatchJobs"]["Resource"]]
    assert sorted(rules) == [
        "StepFunctionsGetEventsForSageMakerTransformJobsRule",
        "StepFunctionsGetEventsForSageMakerTuningJobsRule",
    ]
    assert trust_of(clients, outputs["role_name"]) == ("states.amazonaws.com", "000000000000")


def test_a_trigger_hands_over_events_and_keeps_what_is_refused(apply: Apply, clients: Clients) -> None:
    outputs = apply("event-trigger").outputs()
    entry = {"Source": "fixture", "DetailType": "fixture"}
    clients("events").put_events(
        Entries=[{**entry, "Detail": json.dumps(detail)} for detail in ({"refuse": True}, {}, {})]
    )
    dead: list[dict[str, Any]] = []
    deadline = time.monotonic() + 40
    while not dead and time.monotonic() < deadline:
        received = clients("sqs").receive_message(
            QueueUrl=outputs["dead_letter_queue_url"], WaitTimeSeconds=1
        )
        dead += received.get("Messages", [])
    assert [json.loads(message["Body"])["detail"] for message in dead] == [{"refuse": True}]
    counted = clients("sqs").get_queue_attributes(QueueUrl=outputs["queue_url"], AttributeNames=["All"])
    assert counted["Attributes"]["ApproximateNumberOfMessages"] == "0"
    assert counted["Attributes"]["SqsManagedSseEnabled"] == "true"
    assert json.loads(counted["Attributes"]["RedrivePolicy"])["maxReceiveCount"] in (1, "1")


def test_the_whole_pipeline_is_narrow_and_says_what_to_do_next(apply: Apply, clients: Clients) -> None:
    outputs = apply("ml-ops", container=str(CONTAINER)).outputs()
    pipeline = outputs["pipeline"]
    assert pipeline["name"] == "fixture"
    assert f"s3://{pipeline['feature_store_bucket']}/train/" in outputs["summary"]
    assert f"s3://{pipeline['output_store_bucket']}/" in outputs["summary"]
    buckets = {bucket["Name"] for bucket in clients("s3").list_buckets()["Buckets"]}
    stores = {value for name, value in pipeline.items() if name.endswith("_bucket")}
    assert len(stores) == 5
    assert stores < buckets
    assert len(buckets) == 6
    roles = [role["RoleName"] for role in clients("iam").list_roles()["Roles"]]
    assert len(roles) == 9
    for role in roles:
        assert (role, hcl_lints.wide_grants(policy_of(clients, role))) == (role, [])
        trust = document(clients("iam").get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"])
        assert (role, hcl_lints.wide_trust(trust)) == (role, [])


def test_registered_models_go_with_the_pipeline_and_not_before(
    sandbox: Sandbox, clients: Clients, tmp_path: Path
) -> None:
    container = tmp_path / "container"
    container.mkdir()
    (container / "Dockerfile").write_text("FROM python:3.13-slim\n")
    variables = {"container": str(container), "image_push": "helper"}
    sagemaker = clients("sagemaker")
    with applied("ml-ops", sandbox, tmp_path / "state", variables) as made:
        for pipeline in ("fixture", "another"):
            sagemaker.create_model(
                ModelName=f"{pipeline}-model",
                ExecutionRoleArn="arn:aws:iam::000000000000:role/fixture-model",
                PrimaryContainer={"Image": made.outputs()["image_uri"]},
                Tags=[{"Key": "s-infra:pipeline", "Value": pipeline}],
            )
        for force_destroy in ("false", "true"):
            replace(made, variables={**variables, "force_destroy": force_destroy}).apply()
            assert len(sagemaker.list_models()["Models"]) == 2
    assert [model["ModelName"] for model in sagemaker.list_models()["Models"]] == ["another-model"]
    sagemaker.delete_model(ModelName="another-model")


def test_two_environments_share_an_account(sandbox: Sandbox, clients: Clients, tmp_path: Path) -> None:
    """A second pipeline with another prefix meets nothing of the first."""
    root = tmp_path / "root"
    root.mkdir()
    source = (FIXTURES / "ml-ops/main.tf").read_text()
    module = os.path.relpath(REPOSITORY / "catalog/aws/ml-ops", root / "first")
    for prefix in ("first", "second"):
        text = source.replace("../../../../catalog/aws/ml-ops", module).replace("fixture", prefix)
        (root / prefix).mkdir()
        (root / prefix / "main.tf").write_text(text)
        (root / prefix / "transform.py").write_text("")
    # One with the core that comes with the helper, one with that of the PATH if there is any.
    made = [
        workspace(root / prefix, sandbox, tmp_path / prefix, {"container": str(CONTAINER)}, core)
        for prefix, core in (("first", BUILT_IN), ("second", None))
    ]
    try:
        for one in made:
            validate(one)
            one.apply()
        assert not any(one.has_changes() for one in made)
    finally:
        for one in made:
            one.destroy()
    assert {name: left for name, left in inventory(clients).items() if left} == {}


def policy_of(clients: Clients, role: str) -> list[dict[str, Any]]:
    """Return the statements of a role's inline policies."""
    iam = clients("iam")
    found: list[dict[str, Any]] = []
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        found += document(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])["Statement"]
    return found


def trust_of(clients: Clients, role: str) -> tuple[str, str]:
    """Return the one service that may take the role, and the account it must act for."""
    trust = document(clients("iam").get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"])
    (statement,) = trust["Statement"]
    return statement["Principal"]["Service"], statement["Condition"]["StringEquals"]["aws:SourceAccount"]


def document(given: str | dict[str, Any]) -> dict[str, Any]:
    """Return a policy document, which IAM gives as quoted text and boto3 mostly as an object."""
    return dict(json.loads(unquote(given))) if isinstance(given, str) else given


def as_list(value: str | list[str]) -> list[str]:
    """Return a policy's one or many as a list."""
    return [value] if isinstance(value, str) else value
