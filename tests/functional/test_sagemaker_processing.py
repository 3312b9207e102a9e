"""Processing jobs: data down, a program run, data up; their lists, their event, the machine that waits."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError
from events_support import Bus
from sagemaker_support import INSTANCE, ROLE, Clients, Lab

from s_infra.sandbox.supervisor import Sandbox


@pytest.fixture(scope="module")
def lab(sandbox: Sandbox, clients: Clients) -> Lab:
    lab = Lab(sandbox, clients, "scripted")
    lab.put("raw/a.csv", b"1\n2\n")
    lab.put("raw/deep/b.csv", b"30\n")
    lab.put("raw.manifest", json.dumps([{"prefix": "s3://lab-bucket/raw/"}, "deep/b.csv"]))
    return lab


def request(lab: Lab, name: str, code: str, **changes: Any) -> dict[str, Any]:
    # The program comes as an input, as SageMaker's own ScriptProcessor has it.
    script = {
        "S3Uri": lab.put(f"code/{name}.py", code),
        "LocalPath": "/opt/ml/processing/code",
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
    }
    entrypoint = ["python3", f"/opt/ml/processing/code/{name}.py"]
    source = {
        "S3Uri": f"s3://{lab.bucket}/raw",
        "LocalPath": "/opt/ml/processing/input/rows",
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
    }
    place = {
        "S3Uri": f"s3://{lab.bucket}/processed/{name}",
        "LocalPath": "/opt/ml/processing/output",
        "S3UploadMode": "EndOfJob",
    }
    return {
        "ProcessingJobName": name,
        "ProcessingInputs": [
            {"InputName": "rows", "S3Input": source},
            {"InputName": "code", "S3Input": script},
        ],
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "sums", "S3Output": place}]},
        "ProcessingResources": {"ClusterConfig": {**INSTANCE, "VolumeSizeInGB": 1}},
        "AppSpecification": {"ImageUri": lab.image, "ContainerEntrypoint": entrypoint},
        "NetworkConfig": {"EnableNetworkIsolation": True},
        "RoleArn": ROLE,
        **changes,
    }


SUM = """
import json, os, sys
from pathlib import Path
ml = Path("/opt/ml")
texts = [file.read_text() for file in (ml / "processing/input/rows").rglob("*.csv")]
total = sum(int(line) for text in texts for line in text.split())
(ml / "processing/output/deep").mkdir()
(ml / "processing/output/deep/sum.txt").write_text(str(total * int(os.environ["FACTOR"])))
(ml / "processing/output/link").symlink_to("/etc/passwd")
(ml / "output/message").write_text("summed")
names = ("processingjobconfig.json", "resourceconfig.json")
told = [json.loads((ml / "config" / name).read_text()) for name in names]
print(json.dumps([sys.argv[1:], told[0]["ProcessingJobName"], told[1]]))
"""


@pytest.mark.parity("sagemaker:CreateProcessingJob", "sagemaker:DescribeProcessingJob")
def test_a_processing_job_turns_its_input_into_its_output(lab: Lab) -> None:
    given = request(lab, "sums", SUM, Environment={"FACTOR": "2"}, Tags=[{"Key": "team", "Value": "a"}])
    given["AppSpecification"]["ContainerArguments"] = ["--a", "b"]
    arn = lab.sagemaker.create_processing_job(**given)["ProcessingJobArn"]
    job = lab.wait("processing_job", ProcessingJobName="sums")
    assert job["ProcessingJobStatus"] == "Completed", job
    # One file in a folder of its own; a link is not followed.
    assert lab.keys("processed/sums") == ["processed/sums/deep/sum.txt"]
    assert lab.get("processed/sums/deep/sum.txt") == b"66"
    assert job["ExitMessage"] == "summed"
    assert job["CreationTime"] <= job["ProcessingStartTime"] <= job["ProcessingEndTime"]
    (line,) = lab.log("/aws/sagemaker/ProcessingJobs", "sums")
    assert json.loads(line) == [["--a", "b"], "sums", {"current_host": "algo-1", "hosts": ["algo-1"]}]
    assert lab.sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "a"}]
    with pytest.raises(lab.sagemaker.exceptions.ResourceInUse, match="already exists"):
        lab.sagemaker.create_processing_job(**given)


def test_a_manifest_names_the_objects(lab: Lab) -> None:
    given = request(lab, "manifest", SUM, Environment={"FACTOR": "1"})
    source = given["ProcessingInputs"][0]["S3Input"]
    source |= {"S3DataType": "ManifestFile", "S3Uri": f"s3://{lab.bucket}/raw.manifest"}
    lab.sagemaker.create_processing_job(**given)
    assert lab.wait("processing_job", ProcessingJobName="manifest")["ProcessingJobStatus"] == "Completed"
    assert lab.get("processed/manifest/deep/sum.txt") == b"30"


@pytest.mark.parity("sagemaker:CreateTrainingJob")
def test_a_training_channel_takes_a_manifest_too(lab: Lab) -> None:
    channel = lab.channel("rows", "raw.manifest")
    channel["DataSource"]["S3DataSource"]["S3DataType"] = "ManifestFile"
    code = "import os; print(*(os.listdir(f'/opt/ml/input/data/{name}') for name in ('rows', 'one')))"
    job = lab.train("by-manifest", {"code": code}, InputDataConfig=[channel, lab.channel("one", "raw/a.csv")])
    assert job["TrainingJobStatus"] == "Completed", job
    assert lab.log("/aws/sagemaker/TrainingJobs", "by-manifest")[0] == "['deep'] ['a.csv']"


@pytest.mark.parity("sagemaker:StopProcessingJob")
def test_a_stopped_job_ends_as_stopped(lab: Lab) -> None:
    lab.sagemaker.create_processing_job(**request(lab, "endless", "import time; time.sleep(600)"))
    lab.sagemaker.stop_processing_job(ProcessingJobName="endless")
    job = lab.wait("processing_job", ProcessingJobName="endless")
    assert job["ProcessingJobStatus"] == "Stopped"
    with pytest.raises(ClientError, match="in status Stopped"):
        lab.sagemaker.stop_processing_job(ProcessingJobName="endless")


@pytest.mark.parity("sagemaker:ListProcessingJobs")
def test_jobs_are_listed_by_their_filters_page_by_page(lab: Lab) -> None:
    before = time.time()
    for name in ("list-c", "list-a", "list-b"):
        lab.sagemaker.create_processing_job(
            **request(lab, name, f"raise SystemExit({int(name == 'list-a')})")
        )
    for name in ("list-c", "list-a", "list-b"):
        lab.wait("processing_job", ProcessingJobName=name)

    def listed(**filters: Any) -> list[str]:
        pages = lab.sagemaker.get_paginator("list_processing_jobs").paginate(**filters)
        return [one["ProcessingJobName"] for page in pages for one in page["ProcessingJobSummaries"]]

    by_name = {"NameContains": "list-", "SortBy": "Name", "MaxResults": 2}
    assert listed(**by_name, SortOrder="Ascending") == ["list-a", "list-b", "list-c"]
    assert listed(**by_name, SortOrder="Descending") == ["list-c", "list-b", "list-a"]
    assert listed(NameContains="list-") == ["list-b", "list-a", "list-c"]
    assert listed(NameContains="list-", StatusEquals="Failed") == ["list-a"]
    assert set(listed(CreationTimeAfter=before)) == {"list-a", "list-b", "list-c"}
    assert listed(NameContains="list-", CreationTimeBefore=before) == []


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (
            ("ProcessingOutputConfig", "Outputs", 0, "S3Output", "S3UploadMode"),
            "Continuous",
            "S3UploadMode Continuous",
        ),
        (("ProcessingInputs", 0, "S3Input", "S3InputMode"), "Pipe", "S3InputMode Pipe"),
        (("ProcessingResources", "ClusterConfig", "InstanceCount"), 2, "InstanceCount 2"),
        (("ExperimentConfig",), {"ExperimentName": "e"}, "ExperimentConfig"),
    ],
)
def test_what_is_not_carried_out_is_refused_by_name(
    lab: Lab, path: tuple[Any, ...], value: Any, field: str
) -> None:
    given = request(lab, "refused", "")
    inner: Any = given
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(ClientError) as refused:
        lab.sagemaker.create_processing_job(**given)
    message = refused.value.response["Error"]["Message"]
    assert message.startswith("s-infra sandbox: sagemaker:CreateProcessingJob ")
    assert message.endswith(f"{field} isn't carried out")


def test_each_kind_of_job_tells_its_end_on_the_bus(lab: Lab, clients: Clients) -> None:
    bus = Bus(clients, "aws.sagemaker")
    lab.sagemaker.create_processing_job(
        **request(lab, "told", "raise SystemExit(4)", Tags=[{"Key": "team", "Value": "a"}])
    )
    lab.train("told", {"code": "print('ok')"})
    ended = bus.until(lambda one: one["detail"].get("ProcessingJobStatus") == "Failed")
    assert ended["detail-type"] == "SageMaker Processing Job State Change"
    assert ended["resources"] == ["arn:aws:sagemaker:us-east-1:000000000000:processing-job/told"]
    assert "exit code: 4" in ended["detail"]["FailureReason"]
    assert ended["detail"]["Tags"] == {"team": "a"}
    assert abs(ended["detail"]["CreationTime"] / 1000 - time.time()) < 120
    trained = bus.until(lambda one: one["detail"].get("TrainingJobStatus") == "Completed")
    assert trained["detail-type"] == "SageMaker Training Job State Change"
    changes = [one["detail"]["SecondaryStatus"] for one in bus.seen if "TrainingJobName" in one["detail"]]
    assert changes == ["Starting", "Downloading", "Training", "Uploading", "Completed"]


@pytest.mark.parity("task:sagemaker:createProcessingJob*")
def test_a_machine_waits_for_a_processing_job(lab: Lab, clients: Clients) -> None:
    states = clients("stepfunctions")
    given = request(lab, "by-machine", SUM, Environment={"FACTOR": "3"})
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sagemaker:createProcessingJob.sync",
        "Arguments": given,
        "Output": "{% $states.result.ProcessingJobStatus %}",
        "End": True,
    }
    definition = {"QueryLanguage": "JSONata", "StartAt": "Process", "States": {"Process": task}}
    machine = states.create_state_machine(
        name="processing", definition=json.dumps(definition), roleArn="arn:aws:iam::000000000000:role/states"
    )["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=machine)["executionArn"]
    deadline = time.monotonic() + 30
    while (found := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert (found["status"], found.get("output")) == ("SUCCEEDED", '"Completed"'), found
    assert lab.get("processed/by-machine/deep/sum.txt") == b"99"
