"""Training, tuning and batch transform of a real model, held to the same program run by hand."""

from __future__ import annotations

import importlib.util
import io
import tarfile
from typing import Any

import numpy as np
import pytest
from sagemaker_support import CONTAINERS, Clients, Lab
from sklearn.datasets import load_breast_cancer

from s_infra.sandbox.supervisor import Sandbox

METRIC = {"Name": "validation:loss", "Regex": "validation:loss=([0-9.]+);"}
TRAIN, HELD = slice(0, 350), slice(350, 450)
SCORE = slice(450, None)


def by_hand() -> Any:
    """Return the container's own module."""
    spec = importlib.util.spec_from_file_location("logistic_model", CONTAINERS / "logistic/model.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def csv(rows: np.ndarray) -> bytes:
    text = io.BytesIO()
    np.savetxt(text, rows, delimiter=",")
    return text.getvalue()


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    data = load_breast_cancer()
    shuffled = np.random.default_rng(7).permutation(len(data.target))
    found: np.ndarray = np.column_stack([data.target, data.data])[shuffled]
    return found


@pytest.fixture(scope="module")
def lab(sandbox: Sandbox, clients: Clients, rows: np.ndarray) -> Lab:
    lab = Lab(sandbox, clients, "logistic")
    # Two objects and a folder's marker under one prefix.
    lab.put("data/train/", b"")
    lab.put("data/train/a.csv", csv(rows[:200]))
    lab.put("data/train/deeper/b.csv", csv(rows[200:350]))
    lab.put("data/validation/held.csv", csv(rows[HELD]))
    lab.put("data/score/one.csv", csv(rows[450:500, 1:]))
    lab.put("data/score/more/two.csv", csv(rows[500:, 1:]).rstrip(b"\n"))
    return lab


def definition(lab: Lab, **changes: Any) -> dict[str, Any]:
    channels = [lab.channel("train", "data/train"), lab.channel("validation", "data/validation/")]
    algorithm = {"TrainingImage": lab.image, "TrainingInputMode": "File", "MetricDefinitions": [METRIC]}
    return lab.training(AlgorithmSpecification=algorithm, InputDataConfig=channels, **changes)


@pytest.fixture(scope="module")
def trained(lab: Lab) -> dict[str, Any]:
    return lab.train("hand", {"penalty": "0.5"}, **definition(lab))


def model_of(lab: Lab, job: dict[str, Any]) -> dict[str, np.ndarray]:
    uri: str = job["ModelArtifacts"]["S3ModelArtifacts"]
    body = lab.get(uri.removeprefix(f"s3://{lab.bucket}/"))
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        file = archive.extractfile("model.npz")
        assert file is not None
        with np.load(io.BytesIO(file.read())) as arrays:
            return {name: arrays[name] for name in arrays.files}


def test_a_trained_model_is_the_one_that_the_program_makes_by_hand(
    lab: Lab, trained: dict[str, Any], rows: np.ndarray
) -> None:
    assert trained["TrainingJobStatus"] == "Completed", trained
    expected = by_hand().fit(rows[TRAIN], 0.5)
    found = model_of(lab, trained)
    assert set(found) == set(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-6)


@pytest.mark.parity("sagemaker:CreateTrainingJob", "sagemaker:DescribeTrainingJob")
def test_a_training_job_tells_its_metric_its_times_and_its_log(lab: Lab, trained: dict[str, Any]) -> None:
    (metric,) = trained["FinalMetricDataList"]
    lines = lab.log("/aws/sagemaker/TrainingJobs", "hand")
    assert lines == ["rows=350", f"validation:loss={metric['Value']:.9f};"]
    statuses = [entry["Status"] for entry in trained["SecondaryStatusTransitions"]]
    assert statuses == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    times = [trained[name] for name in ("CreationTime", "TrainingStartTime", "TrainingEndTime")]
    assert times == sorted(times)
    assert trained["ModelArtifacts"]["S3ModelArtifacts"].endswith("/models/hand/output/model.tar.gz")


def test_a_name_is_taken_once(lab: Lab, trained: dict[str, Any]) -> None:
    with pytest.raises(lab.sagemaker.exceptions.ResourceInUse, match="already exists"):
        lab.sagemaker.create_training_job(
            TrainingJobName=trained["TrainingJobName"], HyperParameters={}, **definition(lab)
        )


@pytest.fixture(scope="module")
def model(lab: Lab, trained: dict[str, Any]) -> str:
    lab.model("hand", trained["ModelArtifacts"]["S3ModelArtifacts"])
    return "hand"


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("several", {"BatchStrategy": "MultiRecord", "MaxPayloadInMB": 1}),
        ("single", {"BatchStrategy": "SingleRecord", "MaxConcurrentTransforms": 4}),
        ("whole", {"given": {"SplitType": "None"}}),
    ],
)
@pytest.mark.parity("sagemaker:CreateTransformJob", "sagemaker:DescribeTransformJob")
def test_a_transform_gives_the_models_answers_in_the_order_of_the_lines(
    lab: Lab, model: str, rows: np.ndarray, name: str, options: dict[str, Any]
) -> None:
    job = lab.transform(name, model, "data/score/", **options)
    assert job["TransformJobStatus"] == "Completed", job
    assert lab.keys(f"out/{name}/") == [f"out/{name}/more/two.csv.out", f"out/{name}/one.csv.out"]
    fitted = by_hand().fit(rows[TRAIN], 0.5)
    for path, part in (("one.csv", rows[450:500]), ("more/two.csv", rows[500:])):
        answer = lab.get(f"out/{name}/{path}.out").decode()
        assert answer.endswith("\n")
        expected = [float(line) for line in by_hand().lines(fitted, part[:, 1:])]
        np.testing.assert_allclose([float(line) for line in answer.splitlines()], expected, atol=1e-8)


def test_a_program_that_refuses_a_payload_fails_the_job_with_its_words(lab: Lab, model: str) -> None:
    lab.put("data/broken/x.csv", b"1,2,three\n")
    job = lab.transform("broken", model, "data/broken/")
    assert job["TransformJobStatus"] == "Failed"
    assert "Bad HTTP status received from algorithm: 400" in job["FailureReason"]
    assert "three" in job["FailureReason"]
    assert lab.keys("out/broken/") == []


# Each draws by its job's name, so that what it finds is the same every time.
@pytest.mark.parametrize(("strategy", "trials"), [("Bayesian", 10), ("Random", 4)])
@pytest.mark.parity(
    "sagemaker:CreateHyperParameterTuningJob",
    "sagemaker:DescribeHyperParameterTuningJob",
    "sagemaker:ListTrainingJobsForHyperParameterTuningJob",
)
def test_tuning_finds_its_best_by_the_metric(lab: Lab, strategy: str, trials: int) -> None:
    name = f"tune-{strategy.lower()}"
    lab.sagemaker.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name,
        HyperParameterTuningJobConfig={
            "Strategy": strategy,
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "validation:loss"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": trials, "MaxParallelTrainingJobs": 2},
            "ParameterRanges": {
                "ContinuousParameterRanges": [
                    {"Name": "penalty", "MinValue": "0.00001", "MaxValue": "100", "ScalingType": "Auto"}
                ]
            },
        },
        TrainingJobDefinition={**definition(lab), "StaticHyperParameters": {"note": "static"}},
    )
    job = lab.wait("hyper_parameter_tuning_job", HyperParameterTuningJobName=name)
    assert job["HyperParameterTuningJobStatus"] == "Completed", job
    assert job["ObjectiveStatusCounters"] == {"Succeeded": trials, "Pending": 0, "Failed": 0}
    listed = lab.sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name, SortBy="FinalObjectiveMetricValue", MaxResults=100
    )["TrainingJobSummaries"]
    losses = [one["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for one in listed]
    assert losses == sorted(losses)
    assert len(set(losses)) == trials
    (first,) = (one for one in listed if f"{name}-001-" in one["TrainingJobName"])
    assert losses[0] < first["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    best = job["BestTrainingJob"]
    assert best["TrainingJobName"] == listed[0]["TrainingJobName"]
    described = lab.sagemaker.describe_training_job(TrainingJobName=best["TrainingJobName"])
    assert described["FinalMetricDataList"][0]["Value"] == pytest.approx(losses[0])
    assert described["HyperParameters"] == {
        "note": "static",
        "_tuning_objective_metric": "validation:loss",
        **best["TunedHyperParameters"],
    }
    # The best is better than the first, and its model is really the one of its hyperparameters.
    first = min(listed, key=lambda one: one["TrainingJobName"])
    assert first["TrainingJobName"].startswith(f"{name}-001-")
    assert losses[0] < first["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
