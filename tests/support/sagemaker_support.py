"""Requests that the SageMaker tests share, and waiting for what comes of them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from s_infra.sandbox.supervisor import Sandbox

REPOSITORY = Path(__file__).parents[2]
CONTAINERS = REPOSITORY / "tests/data/containers"
ROLE = "arn:aws:iam::000000000000:role/sagemaker"
INSTANCE = {"InstanceType": "ml.m5.large", "InstanceCount": 1}
ENDED = ("Completed", "Failed", "Stopped")

Clients = Callable[[str], Any]


def push(
    sandbox: Sandbox, container: Path, repository: str, tag: str, *options: str
) -> subprocess.CompletedProcess[str]:
    """Run `s-infra image push` as a user does."""
    program = Path(sys.executable).parent / "s-infra"
    command = [str(program), "image", "push", str(container)]
    return subprocess.run(
        [*command, "--repository", repository, "--tag", tag, *options],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **sandbox.environment},
    )


@dataclass
class Lab:
    """A sandbox with a bucket, an image in its registry, and the clients to use them."""

    sandbox: Sandbox
    clients: Clients
    container: str
    bucket: str = "lab-bucket"
    image: str = field(init=False)

    def __post_init__(self) -> None:
        self.clients("s3").create_bucket(Bucket=self.bucket)
        self.clients("ecr").create_repository(repositoryName="lab")
        pushed = push(self.sandbox, CONTAINERS / self.container, "lab", "first")
        assert pushed.returncode == 0, pushed.stderr
        self.image = pushed.stdout.split()[-1]

    @property
    def sagemaker(self) -> Any:
        return self.clients("sagemaker")

    def put(self, key: str, body: bytes | str) -> str:
        self.clients("s3").put_object(Bucket=self.bucket, Key=key, Body=body)
        return f"s3://{self.bucket}/{key}"

    def get(self, key: str) -> bytes:
        body: bytes = self.clients("s3").get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return body

    def keys(self, prefix: str) -> list[str]:
        listed = self.clients("s3").list_objects_v2(Bucket=self.bucket, Prefix=prefix)
        return [entry["Key"] for entry in listed.get("Contents", ())]

    def channel(self, name: str, prefix: str) -> dict[str, Any]:
        source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{self.bucket}/{prefix}"}
        return {"ChannelName": name, "ContentType": "text/csv", "DataSource": {"S3DataSource": source}}

    def training(self, **changes: Any) -> dict[str, Any]:
        """Return a training job definition without name and hyperparameters."""
        return {
            "AlgorithmSpecification": {"TrainingImage": self.image, "TrainingInputMode": "File"},
            "RoleArn": ROLE,
            "OutputDataConfig": {"S3OutputPath": f"s3://{self.bucket}/models"},
            "ResourceConfig": {**INSTANCE, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
            "EnableNetworkIsolation": True,
            **changes,
        }

    def train(self, name: str, hyperparameters: dict[str, str], **changes: Any) -> dict[str, Any]:
        """Run a training job to its end and return its description."""
        definition = self.training(**changes)
        self.sagemaker.create_training_job(
            TrainingJobName=name, HyperParameters=hyperparameters, **definition
        )
        return self.wait("training_job", TrainingJobName=name)

    def model(self, name: str, artifact: str | None = None, **changes: Any) -> None:
        container: dict[str, Any] = {"Image": self.image}
        if artifact is not None:
            container["ModelDataUrl"] = artifact
        container |= changes.pop("container", {})
        self.sagemaker.create_model(
            ModelName=name,
            PrimaryContainer=container,
            ExecutionRoleArn=ROLE,
            **{"EnableNetworkIsolation": True, **changes},
        )

    def transform(self, name: str, model: str, prefix: str, **changes: Any) -> dict[str, Any]:
        """Run a transform job over a prefix to its end and return its description."""
        self.start_transform(name, model, prefix, **changes)
        return self.wait("transform_job", TransformJobName=name)

    def start_transform(self, name: str, model: str, prefix: str, **changes: Any) -> None:
        source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{self.bucket}/{prefix}"}
        given = {"DataSource": {"S3DataSource": source}, "ContentType": "text/csv", "SplitType": "Line"}
        output = {"S3OutputPath": f"s3://{self.bucket}/out/{name}", "AssembleWith": "Line"}
        self.sagemaker.create_transform_job(
            TransformJobName=name,
            ModelName=model,
            TransformInput={**given, **changes.pop("given", {})},
            TransformOutput={**output, **changes.pop("output", {})},
            TransformResources=INSTANCE,
            **changes,
        )

    def wait(self, kind: str, timeout: float = 60.0, **name: str) -> dict[str, Any]:
        describe = getattr(self.sagemaker, f"describe_{kind}")
        status = "".join(part.capitalize() for part in kind.split("_")) + "Status"
        deadline = time.monotonic() + timeout
        while True:
            described: dict[str, Any] = describe(**name)
            if described[status] in ENDED:
                return described
            assert time.monotonic() < deadline, described
            time.sleep(0.02)

    def log(self, group: str, job: str) -> list[str]:
        logs = self.clients("logs")
        streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{job}/")["logStreams"]
        assert len(streams) == 1, streams
        events = logs.get_log_events(
            logGroupName=group, logStreamName=streams[0]["logStreamName"], startFromHead=True
        )["events"]
        return [event["message"] for event in events]
