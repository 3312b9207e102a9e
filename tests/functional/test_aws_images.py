"""AWS's own images by their URIs: what they train predicts as the library does when it is run by hand."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost
from sagemaker_support import INSTANCE, ROLE, Lab
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.metrics import accuracy_score, roc_auc_score

from s_infra.runner.image import ImageError, Images
from s_infra.sandbox.supervisor import Sandbox

XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
SCIKIT_LEARN = "121021644041.dkr.ecr.us-west-2.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"
LOGS = "/aws/sagemaker/TrainingJobs"
HELD_OUT = slice(0, None, 4)
# Both sides round to 32 bits, and CSV to decimals.
CLOSE = 1e-4

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def lab(sandbox: Sandbox, clients: Callable[[str], Any]) -> Lab:
    for uri in (XGBOOST, SCIKIT_LEARN):
        program = str(Path(sys.executable).parent / "s-infra")
        done = subprocess.run([program, "image", "prepare", uri], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout.strip()) == (0, uri), done.stderr
    made = Lab(sandbox, clients, "scripted")
    for name, load in (("cancer", load_breast_cancer), ("diabetes", load_diabetes)):
        features, target = load(return_X_y=True)
        keep = np.ones(len(target), dtype=bool)
        keep[HELD_OUT] = False
        made.put(f"{name}/train/data.csv", csv(np.column_stack([target, features])[keep]))
        made.put(f"{name}/validation/data.csv", csv(np.column_stack([target, features])[~keep]))
        made.put(f"{name}/score/data.csv", csv(features[~keep]))
    return made


def csv(table: Any) -> str:
    return "".join(",".join(f"{value:.6g}" for value in row) + "\n" for row in table)


def table(lab: Lab, key: str) -> Any:
    return np.loadtxt(io.BytesIO(lab.get(key)), delimiter=",", dtype=np.float32)


def by_hand(lab: Lab, data: str, parameters: dict[str, Any], rounds: int) -> Any:
    """Return what the library predicts of the held-out rows when it is called directly."""
    rows = table(lab, f"{data}/train/data.csv")
    booster = xgboost.train(parameters, xgboost.DMatrix(rows[:, 1:], label=rows[:, 0]), rounds)
    return booster.predict(xgboost.DMatrix(table(lab, f"{data}/score/data.csv")))


def train(lab: Lab, name: str, data: str, hyperparameters: dict[str, str], **changes: Any) -> dict[str, Any]:
    specification = {"TrainingImage": XGBOOST, "TrainingInputMode": "File"}
    channels = [lab.channel("train", f"{data}/train/"), lab.channel("validation", f"{data}/validation/")]
    given = {"AlgorithmSpecification": specification, "InputDataConfig": channels, **changes}
    return lab.train(name, hyperparameters, **given)


def transform(lab: Lab, name: str, image: str, artifact: str, source: str, **container: Any) -> Any:
    lab.model(name, artifact, container={"Image": image, **container})
    done = lab.transform(name, name, source)
    assert done["TransformJobStatus"] == "Completed", done
    return np.loadtxt(io.BytesIO(lab.get(f"out/{name}/data.csv.out")), delimiter=",")


@pytest.mark.parity("image:sagemaker-xgboost")
def test_xgboost_trains_and_predicts_as_the_library_does(lab: Lab) -> None:
    given = {"objective": "reg:squarederror", "eta": "0.2", "max_depth": "3", "subsample": "0.8", "seed": "7"}
    job = train(lab, "diabetes", "diabetes", {**given, "num_round": "30"})
    assert job["TrainingJobStatus"] == "Completed", job
    found = transform(
        lab, "diabetes", XGBOOST, job["ModelArtifacts"]["S3ModelArtifacts"], "diabetes/score/data.csv"
    )
    parameters = {**given, "eta": 0.2, "max_depth": 3, "subsample": 0.8, "seed": 7}
    expected = by_hand(lab, "diabetes", parameters, 30)
    assert found == pytest.approx(expected, rel=CLOSE)
    target = table(lab, "diabetes/validation/data.csv")[:, 0]
    metrics = {one["MetricName"]: one["Value"] for one in job["FinalMetricDataList"]}
    assert set(metrics) == {"train:rmse", "validation:rmse"}
    assert metrics["validation:rmse"] == pytest.approx(
        float(np.sqrt(np.mean((expected - target) ** 2))), rel=1e-3
    )
    assert lab.log(LOGS, "diabetes")[29].startswith("[29]#011train-rmse:")


def test_the_model_file_is_xgboosts_own(lab: Lab, tmp_path: Path) -> None:
    job = train(
        lab, "own", "cancer", {"num_round": "5", "objective": "binary:logistic", "eval_metric": "auc,error"}
    )
    assert job["TrainingJobStatus"] == "Completed", job
    packed = lab.get("models/own/output/model.tar.gz")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        assert archive.getnames() == ["xgboost-model"]
        archive.extractall(tmp_path, filter="data")
    booster = xgboost.Booster()
    booster.load_model(tmp_path / "xgboost-model")
    rows = table(lab, "cancer/validation/data.csv")
    scores = booster.predict(xgboost.DMatrix(rows[:, 1:]))
    metrics = {one["MetricName"]: one["Value"] for one in job["FinalMetricDataList"]}
    assert metrics["validation:auc"] == pytest.approx(roc_auc_score(rows[:, 0], scores), abs=1e-4)
    assert metrics["validation:error"] == pytest.approx(
        1 - accuracy_score(rows[:, 0], scores > 0.5), abs=1e-4
    )


def test_early_stopping_keeps_the_best_round(lab: Lab) -> None:
    given = {"num_round": "200", "eta": "0.5", "max_depth": "6", "early_stopping_rounds": "5"}
    job = train(lab, "early", "diabetes", given)
    assert job["TrainingJobStatus"] == "Completed", job
    lines = [line for line in lab.log(LOGS, "early") if "#011validation-rmse:" in line]
    values = [float(line.rpartition(":")[2]) for line in lines]
    assert len(values) < 200, lines
    assert values.index(min(values)) == len(values) - 6
    source = "diabetes/score/data.csv"
    found = transform(lab, "early", XGBOOST, job["ModelArtifacts"]["S3ModelArtifacts"], source)
    target = table(lab, "diabetes/validation/data.csv")[:, 0]
    assert float(np.sqrt(np.mean((found - target) ** 2))) == pytest.approx(min(values), rel=1e-3)


def test_libsvm_is_the_same_data(lab: Lab) -> None:
    rows = table(lab, "diabetes/train/data.csv")
    lines = [f"{row[0]:g} " + " ".join(f"{i}:{v:.6g}" for i, v in enumerate(row[1:])) for row in rows]
    lab.put("libsvm/train/data", "\n".join(lines))
    channel = {**lab.channel("train", "libsvm/train/"), "ContentType": "text/libsvm"}
    given = {"num_round": "10", "max_depth": "3"}
    job = train(lab, "libsvm", "diabetes", given, InputDataConfig=[channel])
    assert job["TrainingJobStatus"] == "Completed", job
    source = "diabetes/score/data.csv"
    found = transform(lab, "libsvm", XGBOOST, job["ModelArtifacts"]["S3ModelArtifacts"], source)
    assert found == pytest.approx(by_hand(lab, "diabetes", {"max_depth": 3}, 10), rel=CLOSE)


def test_a_tuning_job_goes_by_the_algorithms_own_metric(lab: Lab) -> None:
    definition = lab.training(
        AlgorithmSpecification={"TrainingImage": XGBOOST, "TrainingInputMode": "File"},
        InputDataConfig=[
            lab.channel("train", "cancer/train/"),
            lab.channel("validation", "cancer/validation/"),
        ],
        StaticHyperParameters={"num_round": "10", "objective": "binary:logistic"},
    )
    configuration = {
        "Strategy": "Random",
        "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:auc"},
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 3, "MaxParallelTrainingJobs": 1},
        "ParameterRanges": {
            "ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.01", "MaxValue": "0.5"}]
        },
    }
    lab.sagemaker.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="auc",
        HyperParameterTuningJobConfig=configuration,
        TrainingJobDefinition=definition,
    )
    done = lab.wait("hyper_parameter_tuning_job", HyperParameterTuningJobName="auc")
    assert done["HyperParameterTuningJobStatus"] == "Completed", done
    assert done["ObjectiveStatusCounters"]["Succeeded"] == 3
    assert done["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] > 0.95


@pytest.mark.parametrize(
    ("name", "hyperparameters", "why"),
    [
        ("unknown", {"num_round": "5", "leaves": "3"}, "extraneous hyperparameter: leaves"),
        ("missing", {"eta": "0.1"}, "num_round is missing"),
        ("range", {"num_round": "5", "eta": "1.5"}, "eta is '1.5': not within [0, 1]"),
        ("metric", {"num_round": "5", "eval_metric": "f1"}, "the eval_metric f1 isn't carried out"),
        ("refused", {"num_round": "5", "updater": "prune"}, "the hyperparameter updater isn't carried out"),
    ],
)
def test_a_hyperparameter_is_refused_by_name(
    lab: Lab, name: str, hyperparameters: dict[str, str], why: str
) -> None:
    job = train(lab, f"bad-{name}", "diabetes", hyperparameters)
    assert job["TrainingJobStatus"] == "Failed"
    assert why in job["FailureReason"]


def test_data_that_the_algorithm_does_not_take_is_told(lab: Lab) -> None:
    lab.put("header/train/data.csv", "target,age\n1,2\n")
    job = train(
        lab, "header", "header", {"num_round": "5"}, InputDataConfig=[lab.channel("train", "header/")]
    )
    assert "'target' in its first line is no number" in job["FailureReason"]
    parquet = {**lab.channel("train", "diabetes/train/"), "ContentType": "application/x-parquet"}
    job = train(lab, "parquet", "diabetes", {"num_round": "5"}, InputDataConfig=[parquet])
    assert "application/x-parquet isn't carried out" in job["FailureReason"]


def test_a_version_that_was_never_prepared_says_how(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    images = Images(tmp_path / "images", "http://127.0.0.1:1", lambda service_name: None)
    with pytest.raises(ImageError) as told:
        images.get(XGBOOST)
    assert told.value.next_step == f"prepare it: s-infra image prepare {XGBOOST}"


def test_an_endpoint_answers_in_one_line_and_refuses_what_is_no_number(lab: Lab) -> None:
    given = {"num_round": "10", "max_depth": "3"}
    job = train(lab, "live", "diabetes", given)
    lab.model("live", job["ModelArtifacts"]["S3ModelArtifacts"], container={"Image": XGBOOST})
    variant = {
        "VariantName": "all",
        "ModelName": "live",
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
    }
    lab.sagemaker.create_endpoint_config(EndpointConfigName="live", ProductionVariants=[variant])
    lab.sagemaker.create_endpoint(EndpointName="live", EndpointConfigName="live")
    lab.sagemaker.get_waiter("endpoint_in_service").wait(
        EndpointName="live", WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
    runtime = lab.clients("sagemaker-runtime")
    body = lab.get("diabetes/score/data.csv")
    answer = runtime.invoke_endpoint(EndpointName="live", ContentType="text/csv", Body=body)
    found = [float(value) for value in answer["Body"].read().decode().split(",")]
    assert found == pytest.approx(by_hand(lab, "diabetes", {"max_depth": 3}, 10).tolist(), rel=CLOSE)
    with pytest.raises(runtime.exceptions.ModelError, match="415"):
        runtime.invoke_endpoint(EndpointName="live", ContentType="text/csv", Body=b"a,b,c")
    lab.sagemaker.delete_endpoint(EndpointName="live")


def test_the_algorithms_metrics_cannot_be_replaced(lab: Lab) -> None:
    specification = {
        "TrainingImage": XGBOOST,
        "TrainingInputMode": "File",
        "MetricDefinitions": [{"Name": "mine", "Regex": "(.*)"}],
    }
    with pytest.raises(
        lab.sagemaker.exceptions.ClientError, match="You can't override the metric definitions"
    ):
        train(lab, "override", "diabetes", {"num_round": "5"}, AlgorithmSpecification=specification)


def test_another_version_is_refused_with_those_there_are(lab: Lab) -> None:
    uri = XGBOOST.replace("3.0-5", "0.90-1")
    with pytest.raises(lab.sagemaker.exceptions.ClientError, match=r"1\.7-1, 3\.0-5"):
        lab.sagemaker.create_training_job(
            TrainingJobName="old",
            **lab.training(AlgorithmSpecification={"TrainingImage": uri, "TrainingInputMode": "File"}),
        )


SCRIPT = """\
import argparse, json, os
import joblib, numpy as np
from sklearn.linear_model import LogisticRegression

def model_fn(folder):
    return joblib.load(os.path.join(folder, "model.joblib"))

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("-C", type=float)
    parser.add_argument("--solver")
    parser.add_argument("--train", default=os.environ["SM_CHANNEL_TRAIN"])
    given = parser.parse_args()
    rows = np.loadtxt(os.path.join(given.train, "data.csv"), delimiter=",")
    model = LogisticRegression(C=given.C, solver=given.solver, max_iter=200).fit(rows[:, 1:], rows[:, 0])
    joblib.dump(model, os.path.join(os.environ["SM_MODEL_DIR"], "model.joblib"))
    print("score", model.score(rows[:, 1:], rows[:, 0]), json.loads(os.environ["SM_HPS"]))
    if os.environ["SM_HP_SOLVER"] == "newton-cg":
        raise SystemExit("no such luck")
"""


@pytest.fixture(scope="module")
def source(lab: Lab) -> str:
    features, target = load_iris(return_X_y=True)
    keep = np.ones(len(target), dtype=bool)
    keep[HELD_OUT] = False
    lab.put("iris/train/data.csv", csv(np.column_stack([target, features])[keep]))
    lab.put("iris/score/data.csv", csv(features[~keep]))
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        entry = tarfile.TarInfo("script.py")
        entry.size = len(SCRIPT)
        archive.addfile(entry, io.BytesIO(SCRIPT.encode()))
    return lab.put("code/sourcedir.tar.gz", packed.getvalue())


def run_script(lab: Lab, name: str, source: str, solver: str, **changes: Any) -> dict[str, Any]:
    # As the SDK writes them: each is JSON.
    given = {
        "sagemaker_program": "script.py",
        "sagemaker_submit_directory": source,
        "C": 2.0,
        "solver": solver,
    }
    return lab.train(
        name,
        {key: json.dumps(value) for key, value in given.items()},
        AlgorithmSpecification={"TrainingImage": SCIKIT_LEARN, "TrainingInputMode": "File"},
        InputDataConfig=[lab.channel("train", "iris/train/")],
        **{"EnableNetworkIsolation": False, **changes},
    )


@pytest.mark.parity("image:sagemaker-scikit-learn")
def test_a_scikit_learn_script_trains_and_serves_with_the_defaults(lab: Lab, source: str) -> None:
    from sklearn.linear_model import LogisticRegression

    job = run_script(lab, "iris", source, "lbfgs")
    assert job["TrainingJobStatus"] == "Completed", job
    assert any("'C': 2.0, 'solver': 'lbfgs'" in line for line in lab.log(LOGS, "iris"))
    lab.sagemaker.create_model(
        ModelName="iris",
        PrimaryContainer={
            "Image": SCIKIT_LEARN,
            "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"],
            "Environment": {"SAGEMAKER_PROGRAM": "script.py", "SAGEMAKER_SUBMIT_DIRECTORY": source},
        },
        ExecutionRoleArn=ROLE,
    )
    found = lab.transform("iris", "iris", "iris/score/", output={"Accept": "text/csv"})
    assert found["TransformJobStatus"] == "Completed", found
    rows = table(lab, "iris/train/data.csv")
    model = LogisticRegression(C=2.0, max_iter=200).fit(rows[:, 1:], rows[:, 0])
    expected = model.predict(table(lab, "iris/score/data.csv"))
    predicted = [float(line) for line in lab.get("out/iris/data.csv.out").split()]
    assert predicted == expected.tolist()
    assert INSTANCE["InstanceCount"] == 1


def test_a_script_that_fails_is_told_as_the_image_tells_it(lab: Lab, source: str) -> None:
    job = run_script(lab, "unlucky", source, "newton-cg")
    assert job["TrainingJobStatus"] == "Failed"
    assert "ExecuteUserScriptError:\nExitCode 1" in job["FailureReason"]
    assert "no such luck" in job["FailureReason"]


def test_code_in_s3_is_out_of_reach_with_network_isolation(lab: Lab, source: str) -> None:
    job = run_script(lab, "isolated", source, "lbfgs", EnableNetworkIsolation=True)
    assert "can't be reached with network isolation" in job["FailureReason"]
