"""Jobs as tasks of a machine that starts them and goes on; tags and lists of jobs."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from sagemaker_support import INSTANCE, ROLE, Clients, Lab

from s_infra.sandbox.supervisor import Sandbox


@pytest.fixture(scope="module")
def lab(sandbox: Sandbox, clients: Clients) -> Lab:
    return Lab(sandbox, clients, "logistic")


def probe(lab: Lab) -> dict[str, Any]:
    return {
        "TrainingImage": lab.image,
        "TrainingInputMode": "File",
        "ContainerEntrypoint": ["sh", "-c"],
        "ContainerArguments": ["echo loss=1; touch /opt/ml/model/x"],
    }


def run(lab: Lab, resource: str, arguments: dict[str, Any]) -> Any:
    states = lab.clients("stepfunctions")
    task = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Arguments": arguments, "End": True}
    definition = {"QueryLanguage": "JSONata", "StartAt": "Only", "States": {"Only": task}}
    name = resource.replace(":", "-").replace(".", "-")
    machine = states.create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE)
    execution = states.start_execution(stateMachineArn=machine["stateMachineArn"])["executionArn"]
    deadline = time.monotonic() + 30
    while (found := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert found["status"] == "SUCCEEDED", found
    return json.loads(found["output"])


@pytest.mark.parity("task:sagemaker:createTrainingJob", "task:sagemaker:createTrainingJob.sync")
def test_a_machine_trains_and_waits_or_goes_on(lab: Lab) -> None:
    definition = lab.training(AlgorithmSpecification=probe(lab))
    waited = run(lab, "sagemaker:createTrainingJob.sync", {"TrainingJobName": "waited-for", **definition})
    assert waited["TrainingJobStatus"] == "Completed"
    assert waited["ModelArtifacts"]["S3ModelArtifacts"].endswith("waited-for/output/model.tar.gz")
    started = run(lab, "sagemaker:createTrainingJob", {"TrainingJobName": "started", **definition})
    assert started["TrainingJobArn"].endswith(":training-job/started")
    assert lab.wait("training_job", TrainingJobName="started")["TrainingJobStatus"] == "Completed"


@pytest.mark.parity(
    "task:sagemaker:createHyperParameterTuningJob",
    "sagemaker:ListHyperParameterTuningJobs",
    "sagemaker:DescribeHyperParameterTuningJob",
)
def test_a_machine_starts_a_tuning(lab: Lab) -> None:
    metrics = [{"Name": "loss", "Regex": "loss=([0-9.]+)"}]
    training = lab.training(AlgorithmSpecification={**probe(lab), "MetricDefinitions": metrics})
    # The entry point is no part of a tuning's definition; the image's own program says the loss instead.
    for field in ("ContainerEntrypoint", "ContainerArguments"):
        del training["AlgorithmSpecification"][field]
    objective = {"Type": "Minimize", "MetricName": "loss"}
    limits = {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1}
    ranges = {"IntegerParameterRanges": [{"Name": "n", "MinValue": "1", "MaxValue": "2"}]}
    config = {"Strategy": "Random", "HyperParameterTuningJobObjective": objective, "ResourceLimits": limits}
    started = run(
        lab,
        "sagemaker:createHyperParameterTuningJob",
        {
            "HyperParameterTuningJobName": "started",
            "HyperParameterTuningJobConfig": {**config, "ParameterRanges": ranges},
            "TrainingJobDefinition": training,
        },
    )
    assert started["HyperParameterTuningJobArn"].endswith("/started")
    lab.wait("hyper_parameter_tuning_job", HyperParameterTuningJobName="started")
    listed = lab.sagemaker.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"]
    assert [one["HyperParameterTuningJobName"] for one in listed] == ["started"]


@pytest.mark.parity(
    "task:sagemaker:createTransformJob",
    "task:sagemaker:createModel",
    "sagemaker:ListTransformJobs",
    "sagemaker:ListModels",
    "sagemaker:StopTransformJob",
)
def test_a_machine_makes_a_model_and_starts_a_transform(lab: Lab) -> None:
    model = {"ModelName": "made", "ExecutionRoleArn": ROLE, "PrimaryContainer": {"Image": lab.image}}
    assert run(lab, "sagemaker:createModel", model)["ModelArn"].endswith(":model/made")
    assert [one["ModelName"] for one in lab.sagemaker.list_models()["Models"]] == ["made"]
    source = {"S3DataType": "S3Prefix", "S3Uri": lab.put("lines/a.csv", "1\n")}
    transform = {
        "TransformJobName": "started",
        "ModelName": "made",
        "TransformInput": {"DataSource": {"S3DataSource": source}},
        "TransformOutput": {"S3OutputPath": f"s3://{lab.bucket}/out"},
        "TransformResources": INSTANCE,
    }
    started = run(lab, "sagemaker:createTransformJob", transform)
    assert started["TransformJobArn"].endswith("/started")
    listed = lab.sagemaker.list_transform_jobs()["TransformJobSummaries"]
    assert [one["TransformJobName"] for one in listed] == ["started"]
    # Without model data it has nothing to serve; it ends either way.
    lab.wait("transform_job", TransformJobName="started")


@pytest.mark.parity("task:glue:startJobRun", "glue:GetJobRun", "glue:StartJobRun")
def test_a_machine_starts_a_glue_run(lab: Lab) -> None:
    glue = lab.clients("glue")
    script = lab.put("script.py", "print('ran')\n")
    command = {"Name": "pythonshell", "PythonVersion": "3.9", "ScriptLocation": script}
    glue.create_job(Name="started", Role=ROLE, Command=command)
    run_id = run(lab, "glue:startJobRun", {"JobName": "started"})["JobRunId"]
    deadline = time.monotonic() + 20
    while (state := glue.get_job_run(JobName="started", RunId=run_id)["JobRun"]["JobRunState"]) in (
        "STARTING",
        "RUNNING",
    ):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert state == "SUCCEEDED"


@pytest.mark.parity("sagemaker:AddTags", "sagemaker:ListTags", "sagemaker:DeleteTags")
def test_tags_are_added_and_taken_away(lab: Lab) -> None:
    definition = lab.training(AlgorithmSpecification=probe(lab), Tags=[{"Key": "a", "Value": "1"}])
    job = lab.sagemaker.create_training_job(TrainingJobName="tagged", **definition)["TrainingJobArn"]
    lab.sagemaker.add_tags(ResourceArn=job, Tags=[{"Key": "b", "Value": "2"}])
    lab.sagemaker.delete_tags(ResourceArn=job, TagKeys=["a"])
    assert lab.sagemaker.list_tags(ResourceArn=job)["Tags"] == [{"Key": "b", "Value": "2"}]
    lab.wait("training_job", TrainingJobName="tagged")
