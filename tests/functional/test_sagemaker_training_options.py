"""Training and tuning beyond the plain way: metrics in CloudWatch, retries, grid search, all lists."""

from __future__ import annotations

import datetime as dt
import itertools
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError
from events_support import Bus
from sagemaker_support import Clients, Lab

from s_infra.sandbox.supervisor import Sandbox

METRIC = {"Name": "score", "Regex": "score=([0-9.]+)"}
NAMESPACE = "/aws/sagemaker/TrainingJobs"
CHOICES = {"colour": ["red", "green", "blue"], "size": ["1", "2"]}


@pytest.fixture(scope="module")
def lab(sandbox: Sandbox, clients: Clients) -> Lab:
    return Lab(sandbox, clients, "scripted")


def algorithm(lab: Lab, **more: Any) -> dict[str, Any]:
    return {"TrainingImage": lab.image, "TrainingInputMode": "File", "MetricDefinitions": [METRIC], **more}


@pytest.mark.parity(
    "monitoring:PutMetricData",
    "monitoring:ListMetrics",
    "monitoring:GetMetricStatistics",
    "monitoring:GetMetricData",
)
def test_each_value_of_a_metric_goes_to_cloudwatch(lab: Lab, clients: Clients) -> None:
    code = "print(*(f'score={number}' for number in (1, 5, 3)), sep='\\n')"
    start = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=2)
    for name, factor in (("measured", code), ("other", "print('score=100')")):
        job = lab.train(name, {"code": factor}, AlgorithmSpecification=algorithm(lab))
        assert job["TrainingJobStatus"] == "Completed", job
    cloudwatch = clients("cloudwatch")
    dimensions = [{"Name": "TrainingJobName", "Value": "measured"}]
    listed = cloudwatch.list_metrics(Namespace=NAMESPACE, Dimensions=dimensions)["Metrics"]
    assert listed == [{"Namespace": NAMESPACE, "MetricName": "score", "Dimensions": dimensions}]
    window = {"StartTime": start, "EndTime": start + dt.timedelta(hours=1)}
    (point,) = cloudwatch.get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName="score",
        Dimensions=dimensions,
        Period=3600 * 24,
        Statistics=["SampleCount", "Sum", "Average", "Minimum", "Maximum"],
        **window,
    )["Datapoints"]
    found = [point[name] for name in ("SampleCount", "Sum", "Average", "Minimum", "Maximum")]
    assert found == [3, 9, 3, 1, 5]
    metric = {"Namespace": NAMESPACE, "MetricName": "score", "Dimensions": dimensions}
    (result,) = cloudwatch.get_metric_data(
        MetricDataQueries=[
            {"Id": "a", "MetricStat": {"Metric": metric, "Period": 3600 * 24, "Stat": "Maximum"}}
        ],
        ScanBy="TimestampAscending",
        **window,
    )["MetricDataResults"]
    assert result["Values"] == [5]


def test_an_internal_error_is_tried_again_as_often_as_asked(lab: Lab) -> None:
    code = "open('/opt/ml/model/m', 'w').close()"

    def statuses(name: str, **changes: Any) -> list[str]:
        # In the way of the job's own folders: nothing of the program's fault.
        (lab.sandbox.directory / f"data/sagemaker/training/{name}/ml/input/config").mkdir(parents=True)
        job = lab.train(name, {"code": code}, **changes)
        return [entry["Status"] for entry in job["SecondaryStatusTransitions"]]

    whole = ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert statuses("alone") == ["Starting", "Downloading", "Failed"]
    failed = lab.sagemaker.describe_training_job(TrainingJobName="alone")
    assert failed["FailureReason"].startswith("InternalServerError: FileExistsError")
    assert statuses("again", RetryStrategy={"MaximumRetryAttempts": 2}) == ["Starting", "Downloading", *whole]
    # An algorithm's own failure is no reason to try again.
    once = lab.train("once", {"code": "raise SystemExit(1)"}, RetryStrategy={"MaximumRetryAttempts": 2})
    assert [entry["Status"] for entry in once["SecondaryStatusTransitions"]].count("Starting") == 1


def tuning(lab: Lab, name: str, limits: dict[str, int], **ranges: Any) -> dict[str, Any]:
    categories = [{"Name": key, "Values": list(values)} for key, values in CHOICES.items()]
    code = """
given = json.load(open("/opt/ml/input/config/hyperparameters.json"))
print(f"score={len(given['colour']) * int(given['size'])}")
"""
    return {
        "HyperParameterTuningJobName": name,
        "HyperParameterTuningJobConfig": {
            "Strategy": "Grid",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "score"},
            "ResourceLimits": {"MaxParallelTrainingJobs": 2, **limits},
            "ParameterRanges": {"CategoricalParameterRanges": categories, **ranges},
        },
        "TrainingJobDefinition": {
            **lab.training(AlgorithmSpecification=algorithm(lab)),
            "StaticHyperParameters": {"code": code},
        },
    }


def test_a_grid_tries_every_combination_once(lab: Lab, clients: Clients) -> None:
    bus = Bus(clients, "aws.sagemaker")
    tags = [{"Key": "team", "Value": "a"}]
    lab.sagemaker.create_hyper_parameter_tuning_job(**tuning(lab, "grid", {}), Tags=tags)
    job = lab.wait("hyper_parameter_tuning_job", HyperParameterTuningJobName="grid")
    assert job["HyperParameterTuningJobStatus"] == "Completed", job
    assert job["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxNumberOfTrainingJobs"] == 6
    listed = lab.sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="grid", MaxResults=100
    )["TrainingJobSummaries"]
    tried = sorted(tuple(sorted(one["TunedHyperParameters"].items())) for one in listed)
    wanted = itertools.product(*([(key, value) for value in values] for key, values in CHOICES.items()))
    assert tried == sorted(wanted)
    assert all(lab.sagemaker.list_tags(ResourceArn=one["TrainingJobArn"])["Tags"] == tags for one in listed)
    best = job["BestTrainingJob"]
    assert best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == 10
    assert best["TunedHyperParameters"] == {"colour": "green", "size": "2"}
    event = bus.until(lambda one: one["detail"].get("HyperParameterTuningJobStatus") == "Completed")
    assert event["detail-type"] == "SageMaker HyperParameter Tuning Job State Change"
    assert event["detail"]["TrainingJobStatusCounters"]["Completed"] == 6


@pytest.mark.parametrize(
    ("limits", "ranges", "message"),
    [
        ({"MaxNumberOfTrainingJobs": 5}, {}, "must be the number of all combinations, 6; it is 5"),
        (
            {},
            {"IntegerParameterRanges": [{"Name": "n", "MinValue": "1", "MaxValue": "2"}]},
            "supports categorical parameters only; n is none",
        ),
    ],
)
def test_a_grid_that_is_none_is_refused(
    lab: Lab, limits: dict[str, int], ranges: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError, match=message):
        lab.sagemaker.create_hyper_parameter_tuning_job(**tuning(lab, "no-grid", limits, **ranges))


@pytest.mark.parametrize(
    ("field", "value"), [("TrainingJobEarlyStoppingType", "Auto"), ("Strategy", "Hyperband")]
)
def test_early_stopping_and_hyperband_are_refused_by_name(lab: Lab, field: str, value: str) -> None:
    given = tuning(lab, "refused", {})
    given["HyperParameterTuningJobConfig"][field] = value
    message = f"CreateHyperParameterTuningJob HyperParameterTuningJobConfig.{field} {value} isn't carried out"
    with pytest.raises(ClientError, match=message):
        lab.sagemaker.create_hyper_parameter_tuning_job(**given)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"CompressionType": "Gzip"}, "InputDataConfig.CompressionType Gzip"),
        ({"RecordWrapperType": "RecordIO"}, "InputDataConfig.RecordWrapperType RecordIO"),
        ({"InputMode": "Pipe"}, "InputDataConfig.InputMode Pipe"),
        ({"S3DataType": "AugmentedManifestFile"}, "S3DataType AugmentedManifestFile"),
    ],
)
def test_a_channel_that_only_a_pipe_could_carry_is_refused(
    lab: Lab, change: dict[str, str], field: str
) -> None:
    channel = lab.channel("rows", "any")
    source = channel["DataSource"]["S3DataSource"]
    source["S3DataType"] = change.get("S3DataType", "S3Prefix")
    further = {key: value for key, value in change.items() if key != "S3DataType"}
    with pytest.raises(ClientError, match=f"{field} isn't carried out"):
        lab.train("piped", {}, InputDataConfig=[{**channel, **further}])


def test_a_stopped_tuning_job_stops_its_trials(lab: Lab) -> None:
    given = tuning(lab, "stopped", {})
    given["TrainingJobDefinition"]["StaticHyperParameters"]["code"] = "import time; time.sleep(600)"
    lab.sagemaker.create_hyper_parameter_tuning_job(**given)
    deadline = time.monotonic() + 20
    while not lab.sagemaker.list_training_jobs(NameContains="stopped-", StatusEquals="InProgress")[
        "TrainingJobSummaries"
    ]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    lab.sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="stopped")
    job = lab.wait("hyper_parameter_tuning_job", HyperParameterTuningJobName="stopped")
    assert job["HyperParameterTuningJobStatus"] == "Stopped"
    trials = lab.sagemaker.list_training_jobs(NameContains="stopped-", MaxResults=100)["TrainingJobSummaries"]
    assert {one["TrainingJobStatus"] for one in trials} == {"Stopped"}


@pytest.mark.parametrize(
    ("operation", "field", "name"),
    [
        ("list_training_jobs", "TrainingJobSummaries", "TrainingJobName"),
        ("list_transform_jobs", "TransformJobSummaries", "TransformJobName"),
        (
            "list_hyper_parameter_tuning_jobs",
            "HyperParameterTuningJobSummaries",
            "HyperParameterTuningJobName",
        ),
        ("list_models", "Models", "ModelName"),
    ],
)
def test_every_list_has_its_filters_and_pages(lab: Lab, operation: str, field: str, name: str) -> None:
    given = f"l{len(operation)}"
    before = time.time()
    for letter in "bca":
        _make(lab, operation, f"{given}-{letter}")

    def listed(**filters: Any) -> list[str]:
        pages = lab.sagemaker.get_paginator(operation).paginate(NameContains=f"{given}-", **filters)
        return [one[name] for page in pages for one in page[field]]

    in_order = [f"{given}-{letter}" for letter in "abc"]
    assert listed(SortBy="Name", SortOrder="Ascending", MaxResults=1) == in_order
    assert listed(SortBy="Name", SortOrder="Descending", MaxResults=2) == in_order[::-1]
    assert listed() == [f"{given}-{letter}" for letter in "acb"]
    assert listed(CreationTimeBefore=before) == []
    assert len(listed(CreationTimeAfter=before)) == 3
    if operation != "list_models":
        assert len(listed(StatusEquals="Completed")) == 3
        assert listed(StatusEquals="Failed") == []


def _make(lab: Lab, operation: str, name: str) -> None:
    if operation == "list_training_jobs":
        lab.train(name, {"code": ""})
    elif operation == "list_models":
        lab.model(name)
    elif operation == "list_transform_jobs":
        lab.put("few/a.csv", b"1\n")
        if not lab.sagemaker.list_models(NameContains="echo")["Models"]:
            lab.model("echo", container={"Environment": {"ANSWER": "body"}})
        lab.transform(name, "echo", "few/")
    else:
        given = tuning(lab, name, {})
        categories = given["HyperParameterTuningJobConfig"]["ParameterRanges"]["CategoricalParameterRanges"]
        for one in categories:
            del one["Values"][1:]
        given["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxParallelTrainingJobs"] = 1
        lab.sagemaker.create_hyper_parameter_tuning_job(**given)
        lab.wait("hyper_parameter_tuning_job", HyperParameterTuningJobName=name)
