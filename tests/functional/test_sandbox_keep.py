"""State that outlives a stop: `up --keep`, `down`, `up --keep`."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from sagemaker_support import Lab

from s_infra.sandbox import environment, supervisor

COMMAND = Path(sys.executable).parent / "s-infra"
ROLE = "arn:aws:iam::000000000000:role/anything"
HANDLER = "def handler(event, context):\n    return {'told': event['n']}\n"


@pytest.fixture
def caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    monkeypatch.setenv("S_INFRA_STATE_DIR", str(tmp_path))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
    yield kept
    s_infra(kept, "down", "--discard")


def s_infra(caller: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(COMMAND), "sandbox", *arguments]
    return subprocess.run(command, env=caller, capture_output=True, text=True, timeout=90)


class Clients:
    """Clients on a sandbox that may end and begin again."""

    def __init__(self) -> None:
        running = supervisor.find("default")
        assert running is not None
        self.sandbox = running
        self.made: dict[str, Any] = {}

    def __call__(self, service: str) -> Any:
        if service not in self.made:
            self.made[service] = boto3.client(
                service,
                endpoint_url=self.sandbox.endpoint,
                region_name="us-east-1",
                aws_access_key_id=environment.ACCESS_KEY_ID,
                aws_secret_access_key=environment.SECRET_ACCESS_KEY,
            )
        return self.made[service]

    def close(self) -> None:
        for client in self.made.values():
            client.close()


def machine(clients: Clients, name: str, state: dict[str, Any]) -> str:
    definition = {"QueryLanguage": "JSONata", "StartAt": "Only", "States": {"Only": {**state, "End": True}}}
    made = clients("stepfunctions").create_state_machine(
        name=name, definition=json.dumps(definition), roleArn=ROLE
    )
    return str(made["stateMachineArn"])


def crawled(clients: Clients, bucket: str) -> None:
    clients("s3").put_object(Bucket=bucket, Key="crawled/k=1/a.csv", Body=b"a,b\n1,2\n")
    targets = {"S3Targets": [{"Path": f"s3://{bucket}/crawled/"}]}
    clients("glue").create_crawler(Name="kept", Role=ROLE, DatabaseName="kept", Targets=targets)
    clients("glue").start_crawler(Name="kept")
    deadline = time.monotonic() + 20
    while clients("glue").get_crawler(Name="kept")["Crawler"]["State"] != "READY":
        assert time.monotonic() < deadline
        time.sleep(0.02)


def ended(clients: Clients, arn: str) -> dict[str, Any]:
    deadline = time.monotonic() + 10
    while (found := clients("stepfunctions").describe_execution(executionArn=arn))["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return dict(found)


def test_a_kept_sandbox_has_its_state_again(caller: dict[str, str]) -> None:
    first = s_infra(caller, "up", "--keep")
    assert first.returncode == 0, first.stderr
    clients = Clients()
    lab = Lab(clients.sandbox, clients, "logistic")
    clients("s3").put_bucket_versioning(Bucket=lab.bucket, VersioningConfiguration={"Status": "Enabled"})
    lab.put("data/some.csv", "1\n")
    lab.put("data/some.csv", "2\n")
    clients("s3").create_multipart_upload(Bucket=lab.bucket, Key="in-parts")
    queue = clients("sqs").create_queue(QueueName="kept")["QueueUrl"]
    clients("sqs").send_message(QueueUrl=queue, MessageBody="still here")
    topic = clients("sns").create_topic(Name="kept")["TopicArn"]
    clients("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="me@example.org")
    clients("sns").publish(TopicArn=topic, Message="mailed before")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("code.py", HANDLER)
    clients("lambda").create_function(
        FunctionName="kept",
        Runtime="python3.12",
        Role=ROLE,
        Handler="code.handler",
        Code={"ZipFile": archive.getvalue()},
    )
    done = lab.train("done", {"program": "train"}, AlgorithmSpecification=probe(lab, "true"))
    lab.sagemaker.create_training_job(
        TrainingJobName="under-way",
        **lab.training(AlgorithmSpecification=probe(lab, "while true; do sleep 1; done")),
    )
    lab.model("kept")
    variant = {"VariantName": "all", "ModelName": "kept", "InitialInstanceCount": 1}
    lab.sagemaker.create_endpoint_config(
        EndpointConfigName="kept", ProductionVariants=[{**variant, "InstanceType": "ml.m5.large"}]
    )
    lab.sagemaker.create_endpoint(EndpointName="gone", EndpointConfigName="kept")
    lab.sagemaker.create_model_package_group(ModelPackageGroupName="kept")
    package = lab.sagemaker.create_model_package(
        ModelPackageGroupName="kept",
        InferenceSpecification={
            "Containers": [{"Image": lab.image}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )["ModelPackageArn"]
    passing = machine(clients, "passing", {"Type": "Pass"})
    passed = clients("stepfunctions").start_execution(stateMachineArn=passing, input='{"a": 1}')[
        "executionArn"
    ]
    waiting = machine(clients, "waiting", {"Type": "Wait", "Seconds": 600})
    waits = clients("stepfunctions").start_execution(stateMachineArn=waiting)["executionArn"]
    told = ended(clients, passed)
    clients("glue").create_job(
        Name="kept",
        Role=ROLE,
        Command={"Name": "pythonshell", "PythonVersion": "3.9", "ScriptLocation": "s3://a/b"},
    )
    run = clients("glue").start_job_run(JobName="kept")["JobRunId"]
    crawled(clients, lab.bucket)
    clients.close()

    down = s_infra(caller, "down")
    assert down.returncode == 0, down.stderr
    assert "TrainingJob under-way" in down.stderr
    assert "is ABORTED now" in down.stderr
    assert "not kept: Endpoint gone" in down.stderr
    assert f"not kept: upload in parts of s3://{lab.bucket}/in-parts" in down.stderr
    assert "done" not in down.stderr
    refused = s_infra(caller, "up")
    assert refused.returncode == 1
    assert "kept state" in refused.stderr
    again = s_infra(caller, "up", "--keep")
    assert again.returncode == 0, again.stderr
    assert again.stdout == first.stdout, "queues' addresses have the port in them"

    clients = Clients()
    lab_again = Lab.__new__(Lab)
    vars(lab_again).update({**vars(lab), "sandbox": clients.sandbox, "clients": clients})
    versions = clients("s3").list_object_versions(Bucket=lab.bucket, Prefix="data/")["Versions"]
    bodies = {
        clients("s3")
        .get_object(Bucket=lab.bucket, Key="data/some.csv", VersionId=one["VersionId"])["Body"]
        .read()
        for one in versions
    }
    assert bodies == {b"1\n", b"2\n"}
    assert clients("sqs").receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "still here"
    with urllib.request.urlopen(f"{clients.sandbox.endpoint}/_s_infra/mail") as page:
        assert [mail["message"] for mail in json.load(page)["mails"]] == ["mailed before"]
    assert len(clients("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]) == 1
    answer = clients("lambda").invoke(FunctionName="kept", Payload=b'{"n": 3}')["Payload"].read()
    assert json.loads(answer) == {"told": 3}
    sagemaker = clients("sagemaker")
    described = sagemaker.describe_training_job(TrainingJobName="done")
    assert {**described, "ResponseMetadata": 0} == {**done, "ResponseMetadata": 0}
    interrupted = sagemaker.describe_training_job(TrainingJobName="under-way")
    assert (interrupted["TrainingJobStatus"], interrupted["SecondaryStatus"]) == ("Failed", "Failed")
    assert "the sandbox was stopped" in interrupted["FailureReason"]
    assert sagemaker.describe_model(ModelName="kept")["PrimaryContainer"]["Image"] == lab.image
    variants = sagemaker.describe_endpoint_config(EndpointConfigName="kept")["ProductionVariants"]
    assert [one["ModelName"] for one in variants] == ["kept"]
    assert sagemaker.list_endpoints()["Endpoints"] == []
    assert sagemaker.describe_model_package(ModelPackageName=package)["ModelPackageArn"] == package
    again_told = ended(clients, passed)
    assert {**again_told, "ResponseMetadata": 0} == {**told, "ResponseMetadata": 0}
    assert ended(clients, waits)["status"] == "ABORTED"
    clients("stepfunctions").redrive_execution(executionArn=waits)
    assert clients("stepfunctions").describe_execution(executionArn=waits)["status"] == "RUNNING"
    state = clients("glue").get_job_run(JobName="kept", RunId=run)["JobRun"]["JobRunState"]
    assert state == "FAILED"
    glue = clients("glue")
    assert glue.get_crawler(Name="kept")["Crawler"]["LastCrawl"]["Status"] == "SUCCEEDED"
    partitions = glue.get_partitions(DatabaseName="kept", TableName="crawled")["Partitions"]
    assert [one["Values"] for one in partitions] == [["1"]]
    # The image's bytes are there, too: a job runs from it.
    retrained = lab_again.train("again", {}, AlgorithmSpecification=probe(lab, "true"))
    assert retrained["TrainingJobStatus"] == "Completed", retrained
    clients.close()


def test_kept_state_is_dropped_when_asked(caller: dict[str, str]) -> None:
    assert s_infra(caller, "up", "--keep").returncode == 0
    assert s_infra(caller, "down").returncode == 0
    assert s_infra(caller, "down", "--discard").returncode == 0
    assert s_infra(caller, "up").returncode == 0
    assert json.loads(s_infra(caller, "status", "--json").stdout)["keep"] is False


def probe(lab: Lab, script: str) -> dict[str, Any]:
    return {
        "TrainingImage": lab.image,
        "TrainingInputMode": "File",
        "ContainerEntrypoint": ["sh", "-c"],
        "ContainerArguments": [script],
    }
