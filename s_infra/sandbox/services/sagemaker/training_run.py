"""A training job's life: data down, program run, model up, as SageMaker documents it for training images."""

from __future__ import annotations

import json
import logging
import shutil
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from s_infra.errors import SInfraError
from s_infra.runner.container import Container, Run
from s_infra.runner.image import ImageError
from s_infra.sandbox.services.sagemaker import artifacts, objects
from s_infra.sandbox.services.sagemaker.errors import JobError
from s_infra.sandbox.services.sagemaker.jobs import reason
from s_infra.sandbox.services.sagemaker.logs import LogStream
from s_infra.sandbox.services.sagemaker.metric_stream import MetricStream
from s_infra.sandbox.services.sagemaker.metrics import Metrics

if TYPE_CHECKING:
    from pathlib import Path

    from s_infra.sandbox.services.sagemaker.jobs import Job
    from s_infra.sandbox.services.sagemaker.service import SageMaker

LOG = logging.getLogger(__name__)
LOG_GROUP = "/aws/sagemaker/TrainingJobs"
NAMESPACE = "/aws/sagemaker/TrainingJobs"
INTERNAL = "InternalServerError"
HOST = "algo-1"
# SageMaker's: after SIGTERM a program has two minutes to save its model.
STOP_GRACE_S = 120.0
POLL_S = 0.1
FAILURE_CHARACTERS = 1024


@dataclass
class _Work:
    """One job's folders and what its output is given to."""

    service: SageMaker
    job: Job
    description: dict[str, Any]
    folder: Path
    logs: LogStream
    metrics: Metrics
    stream: MetricStream
    started: float = field(default_factory=time.time)
    trained_s: float = 0.0

    @property
    def base(self) -> Path:
        """What the program sees as /opt/ml."""
        return self.folder / "ml"

    def take(self, line: str) -> None:
        """Take a line of the program's output."""
        self.logs.take(line)
        self.metrics.take(line)


def run(service: SageMaker, job: Job) -> None:
    """Carry the job out; whatever happens ends in its description."""
    description = job.describe()
    stream = MetricStream(
        service.base.client, NAMESPACE, ("TrainingJobName", job.name), service.base.clock.of
    )
    work = _Work(
        service,
        job,
        description,
        service.directory / "training" / job.name,
        LogStream(service.base.client, LOG_GROUP, f"{job.name}/{HOST}-{int(time.time())}"),
        Metrics(description["AlgorithmSpecification"].get("MetricDefinitions", ()), stream.add),
        stream,
    )
    retries = description.get("RetryStrategy", {}).get("MaximumRetryAttempts", 0)
    status, secondary, why = _attempt(work)
    while retries and why.startswith(INTERNAL) and not job.stop_requested.is_set():
        retries -= 1
        enter(job, "Starting", f"Retrying the training job after: {reason(why)}")
        status, secondary, why = _attempt(work)
    stream.close()
    if stream.dropped:
        work.logs.take(f"s-infra sandbox: {stream.dropped} more values of metrics are not in CloudWatch")
    work.logs.close()
    _finish(work, status, secondary, why)


def _attempt(work: _Work) -> tuple[str, str, str]:
    """Return the status, the secondary status, and why it failed, if it did."""
    try:
        return (*_train(work), "")
    except JobError as error:
        return "Failed", "Failed", str(error)
    except SInfraError as error:
        return "Failed", "Failed", f"ClientError: {error}"
    except Exception as error:
        # Ours to mend; the job still has to end, or everything that waits for it would wait for ever.
        LOG.exception("training job %s", work.job.name)
        return "Failed", "Failed", f"{INTERNAL}: {type(error).__name__}: {error}"
    finally:
        shutil.rmtree(work.folder, ignore_errors=True)


def _train(work: _Work) -> tuple[str, str]:
    """Return the job's final status and secondary status. Raises JobError where it is Failed."""
    image = _image(work)
    enter(work.job, "Downloading", "Downloading input data")
    _prepare(work)
    if work.job.stop_requested.is_set():
        return "Stopped", "Stopped"
    algorithm = work.description["AlgorithmSpecification"]
    network = work.service.network(work.description["EnableNetworkIsolation"])
    variables = {
        **work.description.get("Environment", {}),
        **network["variables"],
        "TRAINING_JOB_NAME": work.job.name,
        "TRAINING_JOB_ARN": work.job.arn,
    }
    container = Container(
        Run(
            image,
            tuple(algorithm.get("ContainerArguments") or ("train",)),
            work.base,
            variables,
            tuple(algorithm.get("ContainerEntrypoint") or ()),
            HOST,
            network["port"],
        ),
        work.take,
    )
    work.service.base.faults.started("training", work.job.name, container.kill)
    enter(work.job, "Training", "Training image download completed. Training in progress.")
    work.job.update(TrainingStartTime=time.time())
    try:
        secondary = _wait(work, container)
    finally:
        container.close()
        work.job.update(TrainingEndTime=time.time(), FinalMetricDataList=work.metrics.final())
    enter(work.job, "Uploading", "Uploading generated training model")
    _upload(work)
    return ("Completed" if secondary == "Completed" else "Stopped"), secondary


def _image(work: _Work) -> Any:
    uri = work.description["AlgorithmSpecification"]["TrainingImage"]
    try:
        return work.service.images.get(uri)
    except ImageError as error:
        raise JobError(f"ClientError: {error}") from error


def _prepare(work: _Work) -> None:
    """Write what SageMaker puts under /opt/ml/input, and the folders that the program writes to."""
    configuration = work.base / "input" / "config"
    for folder in (
        configuration,
        work.base / "input" / "data",
        work.base / "model",
        work.base / "output" / "data",
    ):
        folder.mkdir(parents=True)
    resources = work.description["ResourceConfig"]
    channels = work.description.get("InputDataConfig", [])
    files: dict[str, Any] = {
        "hyperparameters": work.description.get("HyperParameters", {}),
        "resourceconfig": {
            "current_host": HOST,
            "current_instance_type": resources.get("InstanceType"),
            "current_group_name": "homogeneousCluster",
            "hosts": [HOST],
            "instance_groups": [
                {
                    "instance_group_name": "homogeneousCluster",
                    "instance_type": resources.get("InstanceType"),
                    "hosts": [HOST],
                }
            ],
            # The container's only interface.
            "network_interface_name": "lo",
        },
        "inputdataconfig": {channel["ChannelName"]: _channel(channel) for channel in channels},
    }
    for name, content in files.items():
        (configuration / f"{name}.json").write_text(json.dumps(content))
    for channel in channels:
        folder = work.base / "input" / "data" / channel["ChannelName"]
        folder.mkdir()
        for one in objects.of_source(work.service, channel["DataSource"]["S3DataSource"]):
            objects.download(work.service, one, folder)


def _channel(channel: dict[str, Any]) -> dict[str, str]:
    source = channel["DataSource"]["S3DataSource"]
    described = {
        "TrainingInputMode": "File",
        "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": "None",
    }
    if "ContentType" in channel:
        described["ContentType"] = channel["ContentType"]
    return described


def _wait(work: _Work, container: Container) -> str:
    """Wait for the program's end and return the secondary status that it comes to."""
    limit = work.description["StoppingCondition"]["MaxRuntimeInSeconds"]
    began = time.monotonic()
    # The limit is for all attempts together.
    deadline = began + limit - work.trained_s
    while (ended := container.wait(POLL_S)) is None:
        if work.job.stop_requested.is_set() or time.monotonic() > deadline:
            secondary = "Stopped" if work.job.stop_requested.is_set() else "MaxRuntimeExceeded"
            enter(work.job, "Stopping", "Stopping the training job")
            container.stop(STOP_GRACE_S)
            container.wait(POLL_S)
            return secondary
        work.stream.flush()
    work.trained_s += time.monotonic() - began
    if ended.error is not None:
        raise JobError(f"{INTERNAL}: s-infra sandbox: {ended.error}")
    if ended.code != 0:
        raise JobError(f"AlgorithmError: {_said(work)}, exit code: {ended.code}")
    return "Completed"


def _said(work: _Work) -> str:
    """Return why the program failed: its failure file, or the last line that it printed."""
    failure = work.base / "output" / "failure"
    if failure.is_file():
        with failure.open(encoding="utf-8", errors="replace") as file:
            return file.read(FAILURE_CHARACTERS - 64).strip()
    return work.logs.last_line[: FAILURE_CHARACTERS // 2]


def _upload(work: _Work) -> None:
    output = work.description["OutputDataConfig"]
    prefix = f"{output['S3OutputPath'].rstrip('/')}/{work.job.name}/output"
    model = f"{prefix}/model.tar.gz"
    for folder, uri in (
        (work.base / "model", model),
        (work.base / "output" / "data", f"{prefix}/output.tar.gz"),
    ):
        packed = work.folder / uri.rpartition("/")[2]
        if artifacts.pack(folder, packed):
            objects.upload(work.service, packed, uri, output.get("KmsKeyId"))
        elif uri == model:
            work.logs.take("s-infra sandbox: nothing is in /opt/ml/model, so there is no model.tar.gz")
    work.job.update(ModelArtifacts={"S3ModelArtifacts": model})


def _finish(work: _Work, status: str, secondary: str, why: str) -> None:
    messages = {
        "Completed": "Training job completed",
        "Failed": reason(why),
        "Stopped": "Training job stopped",
        "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds",
    }
    seconds = max(1, round(time.time() - work.started))
    final: dict[str, Any] = {"TrainingTimeInSeconds": seconds, "BillableTimeInSeconds": seconds}
    if why:
        final["FailureReason"] = reason(why)
    enter(work.job, secondary, messages[secondary], **final, TrainingJobStatus=status)


def enter(job: Job, secondary: str, message: str, **further: Any) -> None:
    """Have the job enter a secondary status, with its times, and `further` fields in the same moment."""

    def change(description: dict[str, Any]) -> None:
        now = time.time()
        transitions = description["SecondaryStatusTransitions"]
        if transitions:
            transitions[-1]["EndTime"] = now
        entry = {"Status": secondary, "StartTime": now, "StatusMessage": message}
        if secondary in ("Completed", "Failed", "Stopped", "MaxRuntimeExceeded"):
            entry["EndTime"] = now
        transitions.append(entry)
        description.update(further, SecondaryStatus=secondary)

    job.edit(change)
