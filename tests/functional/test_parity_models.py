"""SageMaker as the catalogue's machines use it, on the sandbox or on AWS, with AWS's own XGBoost image."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cloud_support import Cloud, code
from machine_support import call

# Whose registry has the image, by the Region: "Docker Registry Paths and Example Code" in SageMaker's guide.
REGISTRIES = {
    "us-east-1": "683313688378",
    "us-east-2": "257758044811",
    "us-west-2": "246618743249",
    "eu-west-1": "141502667606",
    "eu-central-1": "492215442770",
}
TAG = "sagemaker-xgboost:3.0-5"
INSTANCE = {"InstanceType": "ml.m5.large", "InstanceCount": 1}
# How long AWS may take to tune, transform and deploy twice, in seconds; and between two looks.
RUN_S, LOOK_S = 3600.0, 20
METRIC = "FinalHyperParameterTuningJobObjectiveMetric"
ANY = {"Effect": "Allow", "Resource": "*"}
ROWS = [(n / 10, 2 * n / 10 + 1) for n in range(40)]


@pytest.fixture
def image(cloud: Cloud) -> str:
    uri = f"{REGISTRIES[cloud.region]}.dkr.ecr.{cloud.region}.amazonaws.com/{TAG}"
    if cloud.endpoint:
        program = str(Path(sys.executable).parent / "s-infra")
        done = subprocess.run([program, "image", "prepare", uri], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return uri


def job_role(cloud: Cloud, bucket: str) -> str:
    objects = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    reading = ["s3:GetObject", "s3:PutObject", "s3:ListBucket"]
    pulling = [
        "GetAuthorizationToken",
        "BatchCheckLayerAvailability",
        "GetDownloadUrlForLayer",
        "BatchGetImage",
    ]
    telling = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
    actions = [*(f"ecr:{one}" for one in pulling), *telling, "cloudwatch:PutMetricData"]
    return cloud.role(
        "sagemaker",
        {"Effect": "Allow", "Action": reading, "Resource": objects},
        {**ANY, "Action": actions},
    )


@pytest.mark.parity(
    "sagemaker:CreateModel", "sagemaker:DescribeModel", "sagemaker:ListModels", "sagemaker:DeleteModel",
    "sagemaker:CreateEndpointConfig", "sagemaker:DescribeEndpointConfig", "sagemaker:DeleteEndpointConfig",
)  # fmt: skip
def test_a_model_is_kept_until_it_is_deleted(cloud: Cloud, image: str) -> None:
    sagemaker, bucket, name = cloud.client("sagemaker"), cloud.bucket(), cloud.name()
    cloud.client("s3").put_object(Bucket=bucket, Key="model.tar.gz", Body=b"any")
    container = {"Image": image, "ModelDataUrl": f"s3://{bucket}/model.tar.gz"}
    given = {"ModelName": name, "PrimaryContainer": container, "EnableNetworkIsolation": True}
    given["ExecutionRoleArn"] = job_role(cloud, bucket)
    cloud.once_allowed(sagemaker.create_model, **given)
    cloud.later(sagemaker.delete_model, ModelName=name)
    assert code(sagemaker.create_model, **given) == "ValidationException"
    found = sagemaker.describe_model(ModelName=name)
    assert found["PrimaryContainer"]["ModelDataUrl"] == container["ModelDataUrl"]
    listed = sagemaker.list_models(NameContains=name)["Models"]
    assert [one["ModelName"] for one in listed] == [name]
    variant = {"VariantName": "champion", "ModelName": name, "InitialInstanceCount": 1}
    variants = [{**variant, "InstanceType": "ml.m5.large", "InitialVariantWeight": 1.0}]
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)
    cloud.later(sagemaker.delete_endpoint_config, EndpointConfigName=name)
    kept = sagemaker.describe_endpoint_config(EndpointConfigName=name)["ProductionVariants"]
    assert [{field: one[field] for field in variants[0]} for one in kept] == variants
    sagemaker.delete_endpoint_config(EndpointConfigName=name)
    sagemaker.delete_model(ModelName=name)
    for call_, argument in (
        (sagemaker.describe_model, "ModelName"),
        (sagemaker.delete_model, "ModelName"),
        (sagemaker.describe_endpoint_config, "EndpointConfigName"),
        (sagemaker.describe_endpoint, "EndpointName"),
        (sagemaker.describe_training_job, "TrainingJobName"),
        (sagemaker.describe_transform_job, "TransformJobName"),
    ):
        assert code(call_, **{argument: name}) == "ValidationException", call_


def tuning(name: str, image: str, role: str, bucket: str) -> dict[str, Any]:
    """Return a tuning job of one training."""

    def channel(kind: str) -> dict[str, Any]:
        source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/{kind}/"}
        where = {"S3DataSource": {**source, "S3DataDistributionType": "FullyReplicated"}}
        return {"ChannelName": kind, "ContentType": "text/csv", "DataSource": where}

    return {
        "HyperParameterTuningJobName": name,
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "validation:rmse"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1},
            "ParameterRanges": {
                "ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.2", "MaxValue": "0.5"}]
            },
        },
        "TrainingJobDefinition": {
            "StaticHyperParameters": {"num_round": "20", "objective": "reg:squarederror"},
            "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
            "RoleArn": role,
            "InputDataConfig": [channel("train"), channel("validation")],
            "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/models"},
            "ResourceConfig": {**INSTANCE, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
            "EnableNetworkIsolation": True,
        },
    }


def machine(name: str, image: str, role: str, bucket: str, pause: int) -> dict[str, Any]:
    """Return a machine that tunes, registers, scores, deploys, and deploys again."""
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/score/data.csv"}
    scoring = {
        "TransformJobName": name,
        "ModelName": name,
        "TransformInput": {
            "ContentType": "text/csv",
            "SplitType": "Line",
            "DataSource": {"S3DataSource": source},
        },
        "TransformOutput": {
            "S3OutputPath": f"s3://{bucket}/out",
            "Accept": "text/csv",
            "AssembleWith": "Line",
        },
        "TransformResources": INSTANCE,
    }
    variant = {"VariantName": "champion", "ModelName": name, "InitialInstanceCount": 1}
    variants = [{**variant, "InstanceType": "ml.m5.large", "InitialVariantWeight": 1}]
    jobs = {"HyperParameterTuningJobName": name, "MaxResults": 100}
    container = {"Image": image, "ModelDataUrl": "{% $states.result.ModelArtifacts.S3ModelArtifacts %}"}
    model = {"ModelName": name, "ExecutionRoleArn": role, "EnableNetworkIsolation": True}
    first, second = f"{name}-1", f"{name}-2"
    states = {
        "Tune": call(
            "sagemaker:createHyperParameterTuningJob.sync",
            tuning(name, image, role, bucket),
            Assign={"value": f"{{% $states.result.BestTrainingJob.{METRIC}.Value %}}"},
            Next="Trials",
        ),
        "Trials": call(
            "aws-sdk:sagemaker:listTrainingJobsForHyperParameterTuningJob",
            jobs,
            Output="{% $states.result.TrainingJobSummaries[0].TrainingJobName %}",
            Next="Best",
        ),
        "Best": call(
            "aws-sdk:sagemaker:describeTrainingJob",
            {"TrainingJobName": "{% $states.input %}"},
            Output={**model, "PrimaryContainer": container},
            Assign={"tuned": "{% $states.result.HyperParameters.eta %}"},
            Next="Register",
        ),
        "Register": call("sagemaker:createModel", "{% $states.input %}", Next="Score"),
        "Score": call("sagemaker:createTransformJob.sync", scoring, Next="One"),
        "One": call(
            "sagemaker:createEndpointConfig",
            {"EndpointConfigName": first, "ProductionVariants": variants},
            Next="Two",
        ),
        "Two": call(
            "sagemaker:createEndpointConfig",
            {"EndpointConfigName": second, "ProductionVariants": variants},
            Next="Find",
        ),
        "Find": call(
            "aws-sdk:sagemaker:listEndpoints",
            {"NameContains": name},
            Assign={"before": "{% $count($states.result.Endpoints) %}"},
            Next="Create",
        ),
        "Create": call(
            "sagemaker:createEndpoint", {"EndpointName": name, "EndpointConfigName": first}, Next="Pause"
        ),
        "Update": call(
            "sagemaker:updateEndpoint", {"EndpointName": name, "EndpointConfigName": second}, Next="Pause"
        ),
        "Pause": {"Type": "Wait", "Seconds": pause, "Next": "Look"},
        "Look": call("aws-sdk:sagemaker:describeEndpoint", {"EndpointName": name}, Next="Serving"),
        "Serving": {
            "Type": "Choice",
            "Choices": [
                {"Condition": "{% $states.input.EndpointStatus = 'Failed' %}", "Next": "Failed"},
                {"Condition": "{% $states.input.EndpointStatus != 'InService' %}", "Next": "Pause"},
                {"Condition": f"{{% $states.input.EndpointConfigName = '{first}' %}}", "Next": "Update"},
            ],
            "Default": "Done",
        },
        "Failed": {"Type": "Fail", "Error": "Failed"},
        "Done": {
            "Type": "Succeed",
            "Output": {"before": "{% $before %}", "tuned": "{% $tuned %}", "value": "{% $value %}"},
        },
    }
    return {"QueryLanguage": "JSONata", "StartAt": "Tune", "States": states}


@pytest.mark.aws_slow
@pytest.mark.timeout(4200)
@pytest.mark.parity(
    "sagemaker:CreateHyperParameterTuningJob", "sagemaker:ListTrainingJobsForHyperParameterTuningJob",
    "sagemaker:DescribeTrainingJob", "sagemaker:CreateTransformJob", "sagemaker:CreateEndpoint",
    "sagemaker:UpdateEndpoint", "sagemaker:DescribeEndpoint", "sagemaker:ListEndpoints",
    "sagemaker:DeleteEndpoint", "sagemaker-runtime:InvokeEndpoint", "task:sagemaker:createModel",
    "task:sagemaker:createHyperParameterTuningJob.sync", "task:sagemaker:createTransformJob.sync",
    "task:sagemaker:createEndpointConfig", "task:sagemaker:createEndpoint", "task:sagemaker:updateEndpoint",
    "task:aws-sdk:sagemaker:*",
)  # fmt: skip
def test_a_machine_tunes_scores_and_serves(cloud: Cloud, image: str) -> None:
    sagemaker, s3, bucket, name = cloud.client("sagemaker"), cloud.client("s3"), cloud.bucket(), cloud.name()
    for kind, rows in (("train", ROWS), ("validation", ROWS[::4])):
        text = "".join(f"{y},{x}\n" for x, y in rows)
        s3.put_object(Bucket=bucket, Key=f"{kind}/data.csv", Body=text.encode())
    wanted = "".join(f"{x}\n" for x, _ in ROWS[:3]).encode()
    s3.put_object(Bucket=bucket, Key="score/data.csv", Body=wanted)
    role = job_role(cloud, bucket)
    allowed = ["sagemaker:*", "iam:PassRole", "events:PutTargets", "events:PutRule", "events:DescribeRule"]
    pause = LOOK_S if cloud.endpoint is None else 1
    made = cloud.machine(machine(name, image, role, bucket, pause), {**ANY, "Action": allowed})
    cloud.later(sagemaker.delete_model, ModelName=name)
    for number in (1, 2):
        cloud.later(sagemaker.delete_endpoint_config, EndpointConfigName=f"{name}-{number}")
    cloud.later(cloud.client("logs").delete_log_group, logGroupName=f"/aws/sagemaker/Endpoints/{name}")
    cloud.later(sagemaker.delete_endpoint, EndpointName=name)
    started = cloud.client("stepfunctions").start_execution(stateMachineArn=made)["executionArn"]
    found = cloud.ended(started, RUN_S)
    assert found["status"] == "SUCCEEDED", found
    told = json.loads(found["output"])
    assert told["before"] == 0
    assert 0.2 <= float(told["tuned"]) <= 0.5
    assert 0 < told["value"] < 2
    lines = s3.get_object(Bucket=bucket, Key="out/data.csv.out")["Body"].read().split()
    scored = [float(line) for line in lines]
    assert scored == pytest.approx([y for _, y in ROWS[:3]], abs=1)
    runtime = cloud.client("sagemaker-runtime")
    answer = runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body=wanted)["Body"].read()
    assert [float(value) for value in answer.replace(b"\n", b",").strip(b",").split(b",")] == pytest.approx(
        scored, rel=1e-4
    )
    assert code(runtime.invoke_endpoint, EndpointName=cloud.name(), Body=b"1") == "ValidationError"
    sagemaker.delete_endpoint(EndpointName=name)
    cloud.gone("ValidationException", sagemaker.describe_endpoint, EndpointName=name, timeout=300)
