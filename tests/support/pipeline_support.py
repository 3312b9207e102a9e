"""Deploys the ml-ops module in a sandbox, lands files in it and reads what came out."""

from __future__ import annotations

import contextlib
import csv
import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from s_infra.landing import landing, looking
from s_infra.packaging import wheels
from s_infra.runs import following, records
from s_infra.runs.pipeline import Kind, Pipeline, from_workspace
from s_infra.sandbox import environment
from s_infra.sandbox.faults import page
from s_infra.sandbox.supervisor import Sandbox
from s_infra.terraform.core import Workspace

REPOSITORY = Path(__file__).parents[2]
ROOT = REPOSITORY / "tests/functional/roots/pipeline"
CONTAINER = REPOSITORY / "source/containers/ml-ops-byo-custom"
TRANSFORM = REPOSITORY / "source/scripts/transform.py"
WHEEL_SOURCE = REPOSITORY / "source/scripts/python"

Clients = Callable[[str], Any]


@dataclass
class Deployment:
    """An applied module, the example's data, and the clients to look at it."""

    workspace: Workspace
    pipeline: Pipeline
    data: Path
    clients: Clients

    def land(self, name: str, kind: Kind) -> landing.Landing:
        looked = looking.look(self.data / name, check=False)
        return landing.land(looked, kind, self.pipeline, self.clients("s3"), again=True)

    def put(self, kind: Kind, name: str, content: bytes) -> landing.Landing:
        """Land bytes as any program may, without the helper's look at them."""
        pipeline = self.pipeline
        bucket = pipeline.feature_store_bucket
        key = pipeline.prefix(kind) + name
        version = self.clients("s3").put_object(Bucket=bucket, Key=key, Body=content)["VersionId"]
        run = pipeline.run_name(bucket, key, version)
        return landing.Landing(kind, bucket, key, version, run, pipeline.execution_arn(kind, run), new=True)

    def still_there(self, landed: landing.Landing) -> None:
        """Hold that a reader of the landed file's key gets the version that landed."""
        head = self.clients("s3").head_object(Bucket=landed.bucket, Key=landed.key)
        assert head["VersionId"] == landed.version_id

    def fault(self, **given: Any) -> None:
        """Ask the sandbox for a fault, as `s-infra sandbox fault add` does."""
        self._post(page.PATH, given)

    def clear_faults(self) -> None:
        """Take all faults back."""
        self._post(page.CLEAR_PATH, {})

    def _post(self, path: str, given: dict[str, Any]) -> None:
        url = self.workspace.environment["AWS_ENDPOINT_URL"] + path
        urllib.request.urlopen(urllib.request.Request(url, json.dumps(given).encode()), timeout=10).close()

    def follow(self, landed: landing.Landing) -> following.Outcome:
        return following.follow(landed.execution_arn, self.clients("stepfunctions"))

    def run(self, name: str, kind: Kind) -> landing.Landing:
        """Land a file and wait for its run, which must succeed."""
        landed = self.land(name, kind)
        outcome = self.follow(landed)
        assert outcome.status == "SUCCEEDED", (outcome.failed_state, outcome.error, outcome.cause)
        return landed

    def record(self, landed: landing.Landing) -> dict[str, Any] | None:
        return self.recorded(landed.run)

    def recorded(self, run: str) -> dict[str, Any] | None:
        return records.record(self.pipeline, run, self.clients("s3"))

    def wait_for_record(self, landed: landing.Landing) -> dict[str, Any]:
        """Return the record of a run; that of a failed one is written after the run has ended."""
        deadline = time.monotonic() + 20
        while (record := self.record(landed)) is None:
            assert time.monotonic() < deadline, f"no record of {landed.run}"
            time.sleep(0.2)
        return record

    def champion(self) -> dict[str, Any] | None:
        return records.champion(self.pipeline, self.clients("s3"))

    def model(self, trained: landing.Landing) -> dict[str, Any]:
        """Return the model.json inside the artifact that a training run registered."""
        record = self.record(trained)
        assert record is not None
        place = urlsplit(record["model"]["artifact"])
        body = self.clients("s3").get_object(Bucket=place.netloc, Key=place.path.lstrip("/"))["Body"].read()
        with tarfile.open(fileobj=io.BytesIO(body)) as archive:
            member = archive.extractfile("model.json")
            assert member is not None
            model: dict[str, Any] = json.load(member)
        return model

    def predictions(self, landed: landing.Landing) -> list[tuple[int, float]]:
        record = self.record(landed)
        assert record is not None
        where = record["predictions"]
        s3 = self.clients("s3")
        lines: list[str] = []
        for entry in s3.list_objects_v2(Bucket=where["bucket"], Prefix=where["prefix"])["Contents"]:
            lines += (
                s3.get_object(Bucket=where["bucket"], Key=entry["Key"])["Body"].read().decode().splitlines()
            )
        return [(int(label), float(probability)) for label, probability in csv.reader(lines)]

    def executions(self, kind: Kind) -> list[dict[str, Any]]:
        arn = getattr(self.pipeline, f"{kind}_state_machine_arn")
        found = self.clients("stepfunctions").list_executions(stateMachineArn=arn)["executions"]
        return list(found)


@dataclass
class Listener:
    """A queue that gets every message of the pipeline's topic; what was heard is kept."""

    sqs: Any
    url: str
    heard: list[dict[str, str]] = field(default_factory=list)

    def wait_for(self, text: str) -> dict[str, str]:
        """Return, once, the first message with this text in it."""
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline:
            for number, body in enumerate(self.heard):
                if text in body["Message"]:
                    return self.heard.pop(number)
            received = self.sqs.receive_message(QueueUrl=self.url, WaitTimeSeconds=1, MaxNumberOfMessages=10)
            for message in received.get("Messages", []):
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
                self.heard.append(json.loads(message["Body"]))
        raise AssertionError(f"nobody was told: {text}")


def listen(pipeline: Pipeline, clients: Clients) -> Listener:
    """Subscribe a queue to the pipeline's topic."""
    sqs, sns = clients("sqs"), clients("sns")
    url = sqs.create_queue(QueueName=f"{pipeline.name}-listener")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topics = [one["TopicArn"] for one in sns.list_topics()["Topics"]]
    topic = next(one for one in topics if one.endswith(f":{pipeline.name}-notifications"))
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return Listener(sqs, url)


def copy_repository(target: Path) -> Path:
    """Copy the repository's files into a folder of their own, with this environment as its .venv."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if (REPOSITORY / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, target / name)
    (target / ".venv").symlink_to(Path(sys.prefix))
    return target


def example_data(directory: Path) -> None:
    """Write the example's train.csv, score.csv and labels.csv."""
    spec = importlib.util.spec_from_file_location(
        "example_data", REPOSITORY / "examples/ml-ops-on-aws/data.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.write(directory)


@contextlib.contextmanager
def deploy(
    sandbox: Sandbox,
    clients: Clients,
    scratch: Path,
    *,
    transform: Path = TRANSFORM,
    container: Path = CONTAINER,
    threshold: float = 0.9,
    destroy: bool = True,
    **variables: str,
) -> Iterator[Deployment]:
    """Apply the test's root module, with further `variables` of its own; destroy it at the end.

    Without `destroy` it goes with its sandbox, in no time: for tests that don't look at what is left.
    """
    given = {"container": str(container), "threshold": str(threshold), **variables}
    with applied(
        ROOT, sandbox, clients, scratch, transform=transform, destroy=destroy, **given
    ) as deployment:
        yield deployment


@contextlib.contextmanager
def applied(
    root: Path,
    sandbox: Sandbox,
    clients: Clients,
    scratch: Path,
    *,
    transform: Path = TRANSFORM,
    destroy: bool = True,
    **variables: str,
) -> Iterator[Deployment]:
    """Apply a root module that takes a transform and its wheel; destroy it at the end, if it is to be."""
    state = scratch / "state"
    state.mkdir()
    example_data(scratch / "data")
    workspace = Workspace(
        root,
        state_directory=state,
        variables={
            "transform_script": str(transform),
            "wheel": str(wheels.build(WHEEL_SOURCE, scratch / "wheel").path),
            **variables,
        },
        environment=environment.for_command(os.environ, sandbox.environment),
    )
    workspace.init()
    workspace.apply()
    try:
        yield Deployment(workspace, from_workspace(workspace), scratch / "data", clients)
    finally:
        if destroy:
            workspace.destroy()


# What a deployment makes, by service: the call that lists it and where its names are.
INVENTORY: dict[str, tuple[str, str, str, str]] = {
    "buckets": ("s3", "list_buckets", "Buckets", "Name"),
    "functions": ("lambda", "list_functions", "Functions", "FunctionName"),
    "mappings": ("lambda", "list_event_source_mappings", "EventSourceMappings", "UUID"),
    "queues": ("sqs", "list_queues", "QueueUrls", ""),
    "topics": ("sns", "list_topics", "Topics", "TopicArn"),
    "rules": ("events", "list_rules", "Rules", "Name"),
    "machines": ("stepfunctions", "list_state_machines", "stateMachines", "name"),
    "jobs": ("glue", "get_jobs", "Jobs", "Name"),
    "build projects": ("codebuild", "list_projects", "projects", ""),
    "repositories": ("ecr", "describe_repositories", "repositories", "repositoryName"),
    "roles": ("iam", "list_roles", "Roles", "RoleName"),
    "models": ("sagemaker", "list_models", "Models", "ModelName"),
    "endpoint configs": ("sagemaker", "list_endpoint_configs", "EndpointConfigs", "EndpointConfigName"),
    "endpoints": ("sagemaker", "list_endpoints", "Endpoints", "EndpointName"),
}


def inventory(clients: Clients) -> dict[str, list[str]]:
    """Return the names of all that stands in the sandbox's account and that Terraform or a run made."""
    found: dict[str, list[str]] = {}
    for name, (service, operation, key, member) in INVENTORY.items():
        entries = getattr(clients(service), operation)().get(key, [])
        found[name] = sorted(entry[member] if member else entry for entry in entries)
    groups = clients("logs").describe_log_groups()["logGroups"]
    # SageMaker and Glue make their own log groups, which belong to the account.
    own = ("/aws/sagemaker/", "/aws-glue/")
    found["log groups"] = sorted(
        group["logGroupName"] for group in groups if not group["logGroupName"].startswith(own)
    )
    return found
