"""Programs that fail, hang, are killed or say too much; data, images and metrics that aren't there."""

from __future__ import annotations

import io
import os
import tarfile
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from sagemaker_support import ROLE, Clients, Lab

from s_infra.sandbox.supervisor import Sandbox

METRIC = {"Name": "score", "Regex": "score=([0-9.]+)"}
CATEGORIES = [{"Name": "choice", "Values": ["a", "b"]}]


@pytest.fixture(scope="module")
def lab(sandbox: Sandbox, clients: Clients) -> Lab:
    return Lab(sandbox, clients, "scripted")


def running(mark: str) -> list[str]:
    """Return the command lines of this machine's processes that hold `mark`."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if mark in line:
                found.append(line)
    return found


def tune(lab: Lab, name: str, code: str, **limits: int) -> dict[str, Any]:
    algorithm = {"TrainingImage": lab.image, "TrainingInputMode": "File", "MetricDefinitions": [METRIC]}
    lab.sagemaker.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name,
        HyperParameterTuningJobConfig={
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "score"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 3, "MaxParallelTrainingJobs": 1, **limits},
            "ParameterRanges": {"CategoricalParameterRanges": CATEGORIES},
        },
        TrainingJobDefinition={
            **lab.training(AlgorithmSpecification=algorithm),
            "StaticHyperParameters": {"code": code},
        },
    )
    return lab.wait("hyper_parameter_tuning_job", HyperParameterTuningJobName=name)


@pytest.mark.parametrize(
    ("name", "code", "expected"),
    [
        ("exits", "import sys; print('bad luck'); sys.exit(1)", "AlgorithmError: bad luck, exit code: 1"),
        ("raises", "1 / 0", "AlgorithmError: ZeroDivisionError: division by zero, exit code: 1"),
        ("killed", "import os; os.kill(os.getpid(), 9)", "AlgorithmError: , exit code: 137"),
        (
            "tells",
            "open('/opt/ml/output/failure', 'w').write('no rows'); raise SystemExit(3)",
            "AlgorithmError: no rows, exit code: 3",
        ),
    ],
)
def test_a_program_that_fails_gives_the_reason(lab: Lab, name: str, code: str, expected: str) -> None:
    job = lab.train(name, {"code": code})
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Failed", "Failed")
    assert job["FailureReason"] == expected
    assert lab.keys(f"models/{name}/") == []


def test_a_program_that_hangs_is_stopped_at_its_limit_with_all_that_it_started(lab: Lab) -> None:
    code = """
import subprocess, time
open("/opt/ml/model/partial", "w").write("kept")
subprocess.Popen(["sleep", "86399.25"], start_new_session=True)
time.sleep(86399)
"""
    job = lab.train("hangs", {"code": code}, StoppingCondition={"MaxRuntimeInSeconds": 1})
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    # As on AWS, what it had saved by then is uploaded.
    assert lab.keys("models/hangs/") == ["models/hangs/output/model.tar.gz"]
    assert running("86399.25") == []


@pytest.mark.parity("sagemaker:StopTrainingJob")
def test_a_running_job_is_stopped_when_asked(lab: Lab) -> None:
    lab.sagemaker.create_training_job(
        TrainingJobName="stopped",
        HyperParameters={"code": "import time; print('up', flush=True); time.sleep(600)"},
        **lab.training(),
    )
    while lab.sagemaker.describe_training_job(TrainingJobName="stopped")["SecondaryStatus"] != "Training":
        time.sleep(0.02)
    lab.sagemaker.stop_training_job(TrainingJobName="stopped")
    job = lab.wait("training_job", timeout=10, TrainingJobName="stopped")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    with pytest.raises(ClientError, match="is in status Stopped"):
        lab.sagemaker.stop_training_job(TrainingJobName="stopped")


def test_a_program_that_writes_no_model_completes_and_its_model_cannot_be_made(lab: Lab) -> None:
    job = lab.train("empty", {"code": "pass"})
    assert job["TrainingJobStatus"] == "Completed"
    assert "nothing is in /opt/ml/model" in lab.log("/aws/sagemaker/TrainingJobs", "empty")[-1]
    with pytest.raises(ClientError, match="Could not find model data at s3://lab-bucket/models/empty/"):
        lab.model("empty", job["ModelArtifacts"]["S3ModelArtifacts"])


def test_a_program_that_prints_without_end_does_not_fill_the_memory(lab: Lab) -> None:
    code = """
import sys
line = "x" * 999 + "\\n"
for _ in range(1_000_000):
    sys.stdout.write(line)
print("score=0.5")
"""
    algorithm = {"TrainingImage": lab.image, "TrainingInputMode": "File", "MetricDefinitions": [METRIC]}
    before = memory(lab)
    job = lab.train("chatty", {"code": code}, AlgorithmSpecification=algorithm)
    assert job["TrainingJobStatus"] == "Completed"
    # What isn't kept is still looked through for metrics, and the log says how much it was.
    assert job["FinalMetricDataList"][0]["Value"] == 0.5
    assert memory(lab) - before < 120
    lines = lab.clients("logs").filter_log_events(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix="chatty/", filterPattern="sandbox"
    )["events"]
    assert "more lines are not kept" in lines[-1]["message"]


def memory(lab: Lab) -> float:
    """Return the resident memory of the sandbox's server, in MiB."""
    marks = [str(lab.sandbox.directory), "s_infra.sandbox.server"]
    sizes = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            status = (entry / "status").read_text()
        except OSError:
            continue
        if all(mark in line for mark in marks) and "VmRSS:" in status:
            sizes.append(int(status.split("VmRSS:")[1].split()[0]) / 1024)
    assert sizes
    return max(sizes)


@pytest.mark.parametrize("prefix", ["nothing/here", "data"])
def test_data_that_is_not_there_is_refused_at_once(lab: Lab, prefix: str) -> None:
    channels = [lab.channel("train", prefix)]
    with pytest.raises(ClientError, match=f'No S3 objects found under S3 URL "s3://lab-bucket/{prefix}"'):
        lab.sagemaker.create_training_job(TrainingJobName="no-data", **lab.training(InputDataConfig=channels))


def test_an_image_that_was_never_pushed_is_said_to_be_so(lab: Lab) -> None:
    missing = lab.image.replace(":first", ":second")
    algorithm = {"TrainingImage": missing, "TrainingInputMode": "File"}
    job = lab.train("no-image", {}, AlgorithmSpecification=algorithm)
    assert job["TrainingJobStatus"] == "Failed"
    assert "the image was never pushed" in job["FailureReason"]
    assert missing in job["FailureReason"]
    with pytest.raises(ClientError, match="not found"):
        lab.sagemaker.create_model(
            ModelName="no-image", PrimaryContainer={"Image": missing}, ExecutionRoleArn=ROLE
        )


def test_a_program_that_the_image_lacks_is_named(lab: Lab) -> None:
    algorithm = {"TrainingImage": lab.image, "TrainingInputMode": "File", "ContainerArguments": ["fit"]}
    job = lab.train("no-program", {}, AlgorithmSpecification=algorithm)
    assert job["FailureReason"] == (
        'AlgorithmError: exec: "fit": executable file not found in $PATH, exit code: 127'
    )


def test_trials_that_all_fail_fail_the_tuning_with_the_first_reason(lab: Lab) -> None:
    job = tune(lab, "all-fail", "raise SystemExit('no luck')")
    assert job["HyperParameterTuningJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("No training job succeeded after 3 attempts.")
    assert "AlgorithmError: no luck, exit code: 1" in job["FailureReason"]
    assert job["TrainingJobStatusCounters"]["NonRetryableError"] == 3


def test_a_tuning_without_hope_ends_after_five_attempts(lab: Lab) -> None:
    job = tune(lab, "hopeless", "raise SystemExit(1)", MaxNumberOfTrainingJobs=20)
    assert job["FailureReason"].startswith("No training job succeeded after 5 attempts.")


def test_a_trial_that_fails_leaves_the_others_their_chance(lab: Lab) -> None:
    # The first trial makes the file that the others find, in the one place that outlives a trial: nowhere.
    code = """
import json, os
name = os.environ["TRAINING_JOB_NAME"]
if "-001-" in name:
    raise SystemExit("the first one fails")
print("score=0.25" if "-002-" in name else "score=0.75")
"""
    job = tune(lab, "one-fails", code)
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["ObjectiveStatusCounters"] == {"Succeeded": 2, "Pending": 0, "Failed": 1}
    best = job["BestTrainingJob"]
    assert best["TrainingJobName"].startswith("one-fails-003-")
    assert best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == 0.75


def test_a_metric_that_never_appears_is_named_with_its_expression(lab: Lab) -> None:
    job = tune(lab, "no-metric", "print('points=1')", MaxNumberOfTrainingJobs=1)
    assert job["HyperParameterTuningJobStatus"] == "Failed"
    assert job["ObjectiveStatusCounters"]["Failed"] == 1
    assert METRIC["Regex"] in job["FailureReason"]
    assert "metric score" in job["FailureReason"]


@pytest.mark.parity("sagemaker:StopHyperParameterTuningJob")
def test_a_tuning_that_is_stopped_stops_its_trials(lab: Lab) -> None:
    algorithm = {"TrainingImage": lab.image, "TrainingInputMode": "File", "MetricDefinitions": [METRIC]}
    configuration = {
        "Strategy": "Bayesian",
        "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "score"},
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 9, "MaxParallelTrainingJobs": 3},
        "ParameterRanges": {"CategoricalParameterRanges": CATEGORIES},
    }
    lab.sagemaker.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="cut-short",
        HyperParameterTuningJobConfig=configuration,
        TrainingJobDefinition={
            **lab.training(AlgorithmSpecification=algorithm),
            "StaticHyperParameters": {"code": "import subprocess; subprocess.run(['sleep', '86398.5'])"},
        },
    )
    while len(running("sleep 86398.5")) < 3:
        time.sleep(0.05)
    lab.sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="cut-short")
    job = lab.wait("hyper_parameter_tuning_job", timeout=15, HyperParameterTuningJobName="cut-short")
    assert job["HyperParameterTuningJobStatus"] == "Stopped"
    assert job["TrainingJobStatusCounters"]["Stopped"] == 3
    assert running("sleep 86398.5") == []


@pytest.mark.parametrize(
    ("name", "environment", "expected"),
    [
        (
            "dies",
            {"BEFORE": "raise SystemExit('no model')"},
            "ended before it answered /ping; last in its log: no model",
        ),
        ("refuses", {"ANSWER": "(418, b'short and stout')"}, "algorithm: 418 short and stout"),
        ("breaks", {"ANSWER": "1 / 0"}, "the connection to the program broke"),
        ("late", {"ANSWER": "__import__('time').sleep(3) or b''"}, "no answer in 1 s"),
    ],
)
def test_a_serving_program_that_fails_fails_the_transform(
    lab: Lab, name: str, environment: dict[str, str], expected: str
) -> None:
    lab.put("score/a.csv", b"1\n")
    lab.model(f"{name}-model", container={"Environment": environment})
    client = {"InvocationsTimeoutInSeconds": 1, "InvocationsMaxRetries": 1}
    job = lab.transform(name, f"{name}-model", "score/", ModelClientConfig=client)
    assert job["TransformJobStatus"] == "Failed"
    assert expected in job["FailureReason"]
    assert lab.keys(f"out/{name}/") == []


def test_a_record_over_the_limit_is_named(lab: Lab) -> None:
    lab.put("large/a.csv", b"x" * (1 << 20) + b"y\n")
    lab.model("large-model", container={"Environment": {"ANSWER": "body[:1]"}})
    job = lab.transform("large", "large-model", "large/", MaxPayloadInMB=1)
    assert (
        "s3://lab-bucket/large/a.csv: a record is larger than MaxPayloadInMB allows" in job["FailureReason"]
    )


@pytest.mark.parity("sagemaker:StopTransformJob")
def test_a_transform_is_stopped_in_the_middle_of_a_call(lab: Lab) -> None:
    lab.put("score/a.csv", b"1\n")
    lab.model("slow-model", container={"Environment": {"ANSWER": "__import__('time').sleep(600)"}})
    lab.start_transform("slow", "slow-model", "score/")
    time.sleep(0.5)
    lab.sagemaker.stop_transform_job(TransformJobName="slow")
    job = lab.wait("transform_job", timeout=15, TransformJobName="slow")
    assert job["TransformJobStatus"] == "Stopped"


def test_an_artifact_that_would_leave_its_folder_is_refused(lab: Lab) -> None:
    lab.put("score/a.csv", b"1\n")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        entry = tarfile.TarInfo("../../escaped")
        archive.addfile(entry, io.BytesIO())
    lab.model("hostile", lab.put("hostile.tar.gz", packed.getvalue()))
    job = lab.transform("hostile", "hostile", "score/")
    assert "the model artefact is refused" in job["FailureReason"]


def containers(lab: Lab) -> list[str]:
    """Return the processes that see this sandbox's folders mounted: those of its containers."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                mounts = (entry / "mountinfo").read_text()
            except OSError:
                continue
            if f"{lab.sandbox.directory.name}/data/sagemaker/" in mounts:
                found.append(entry.name)
    return found


def test_nothing_is_left_running(lab: Lab) -> None:
    code = "import subprocess, time; subprocess.Popen(['sleep', '600']); time.sleep(600)"
    lab.sagemaker.create_training_job(
        TrainingJobName="left", HyperParameters={"code": code}, **lab.training()
    )
    deadline = time.monotonic() + 20
    while not containers(lab):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    lab.sagemaker.stop_training_job(TrainingJobName="left")
    lab.wait("training_job", TrainingJobName="left")
    while (left := containers(lab)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left == []
