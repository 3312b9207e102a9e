"""A processing job's life: inputs down, program run, outputs up, as SageMaker documents it.

Source: "Build Your Own Processing Container" in SageMaker's developer guide.
"""

from __future__ import annotations

import json
import logging
import os
import posixpath
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s_infra.errors import SInfraError
from s_infra.runner.container import Container, Run
from s_infra.runner.image import ImageError
from s_infra.sandbox.services.sagemaker import objects
from s_infra.sandbox.services.sagemaker.errors import JobError
from s_infra.sandbox.services.sagemaker.jobs import reason
from s_infra.sandbox.services.sagemaker.logs import LogStream

if TYPE_CHECKING:
    from s_infra.sandbox.services.sagemaker.jobs import Job
    from s_infra.sandbox.services.sagemaker.service import SageMaker

LOG = logging.getLogger(__name__)
LOG_GROUP = "/aws/sagemaker/ProcessingJobs"
ROOT = "/opt/ml/processing/"
HOST = "algo-1"
# After SIGTERM a program has two minutes to end by itself.
STOP_GRACE_S = 120.0
POLL_S = 0.1
MESSAGE_BYTES = 1024


def run(service: SageMaker, job: Job) -> None:
    """Carry the job out; whatever happens ends in its description."""
    folder = service.directory / "processing" / job.name
    logs = LogStream(service.base.client, LOG_GROUP, f"{job.name}/{HOST}-{int(time.time())}")
    status, why, message = "Failed", "", ""
    try:
        try:
            status = _process(service, job, folder / "ml", logs)
        finally:
            message = _message(folder / "ml")
    except JobError as error:
        status, why = "Failed", str(error)
    except SInfraError as error:
        why = f"ClientError: {error}"
    except Exception as error:
        # Ours to mend; the job still has to end, or everything that waits for it would wait for ever.
        LOG.exception("processing job %s", job.name)
        why = f"InternalServerError: {type(error).__name__}: {error}"
    finally:
        logs.close()
        shutil.rmtree(folder, ignore_errors=True)
        final: dict[str, Any] = {"FailureReason": reason(why)} if why else {}
        if message:
            final["ExitMessage"] = message
        job.update(**final, ProcessingEndTime=time.time(), ProcessingJobStatus=status)


def _process(service: SageMaker, job: Job, base: Path, logs: LogStream) -> str:
    """Return the job's final status. Raises JobError where it is Failed."""
    description = job.describe()
    application = description["AppSpecification"]
    try:
        image = service.images.get(application["ImageUri"])
    except ImageError as error:
        raise JobError(f"ClientError: {error}") from error
    _prepare(service, description, base)
    if job.stop_requested.is_set():
        return "Stopped"
    network = service.network(description.get("NetworkConfig", {}).get("EnableNetworkIsolation", False))
    container = Container(
        Run(
            image,
            tuple(application.get("ContainerArguments") or ()),
            base,
            {**description.get("Environment", {}), **network["variables"]},
            tuple(application.get("ContainerEntrypoint") or ()),
            HOST,
            network["port"],
        ),
        logs.take,
    )
    job.update(ProcessingStartTime=time.time())
    try:
        completed = _wait(job, container, description["StoppingCondition"]["MaxRuntimeInSeconds"], logs)
    finally:
        container.close()
    if not completed:
        return "Stopped"
    _upload(service, description, base)
    return "Completed"


def _prepare(service: SageMaker, description: dict[str, Any], base: Path) -> None:
    """Write the configuration and the inputs, and make the folders that the program writes to."""
    for name in ("config", "output", "processing"):
        (base / name).mkdir(parents=True)
    told = {
        name: value
        for name, value in description.items()
        if name not in ("CreationTime", "LastModifiedTime", "ProcessingJobStatus")
    }
    (base / "config" / "processingjobconfig.json").write_text(json.dumps(told))
    hosts = {"current_host": HOST, "hosts": [HOST]}
    (base / "config" / "resourceconfig.json").write_text(json.dumps(hosts))
    for one in description["ProcessingInputs"]:
        source = one["S3Input"]
        folder = _local(base, source["LocalPath"])
        folder.mkdir(parents=True, exist_ok=True)
        found = objects.of_source(service, source)
        if not found:
            raise JobError(
                f"ClientError: Data download failed: no S3 objects found under S3 URL {source['S3Uri']}"
            )
        for entry in found:
            objects.download(service, entry, folder)
    for one in description.get("ProcessingOutputConfig", {}).get("Outputs", []):
        _local(base, one["S3Output"]["LocalPath"]).mkdir(parents=True, exist_ok=True)


def _local(base: Path, path: str) -> Path:
    """Return where a path of the container's lies outside of it."""
    return base / "processing" / (posixpath.normpath(path) + "/").removeprefix(ROOT)


def _wait(job: Job, container: Container, limit: float, logs: LogStream) -> bool:
    """Wait for the program's end; return False when it was stopped, or its time was over."""
    deadline = time.monotonic() + limit
    while (ended := container.wait(POLL_S)) is None:
        if job.stop_requested.is_set() or time.monotonic() > deadline:
            container.stop(STOP_GRACE_S)
            container.wait(POLL_S)
            return False
    if ended.error is not None:
        raise JobError(f"InternalServerError: s-infra sandbox: {ended.error}")
    if ended.code != 0:
        last = f"; last in its log: {logs.last_line}" if logs.last_line else ""
        raise JobError(f"AlgorithmError: See job logs for more information, exit code: {ended.code}{last}")
    return True


def _message(base: Path) -> str:
    """Return the first KiB of what the program left for people.

    Raises:
        JobError: it isn't UTF-8.
    """
    path = base / "output" / "message"
    if not path.is_file() or path.is_symlink():
        return ""
    with path.open("rb") as file:
        found = file.read(MESSAGE_BYTES)
    try:
        return found.decode()
    except UnicodeDecodeError as error:
        if error.start >= MESSAGE_BYTES - 3 and len(found) == MESSAGE_BYTES:
            # Only the last character is cut in two.
            return found[: error.start].decode()
        raise JobError("ClientError: /opt/ml/output/message is not UTF-8 encoded") from error


def _upload(service: SageMaker, description: dict[str, Any], base: Path) -> None:
    outputs = description.get("ProcessingOutputConfig", {})
    for one in outputs.get("Outputs", []):
        place = one["S3Output"]
        folder = _local(base, place["LocalPath"])
        for root, _, files in os.walk(folder):
            for name in sorted(files):
                path = Path(root, name)
                # As SageMaker: links are not followed.
                if path.is_file() and not path.is_symlink():
                    target = f"{place['S3Uri'].rstrip('/')}/{path.relative_to(folder).as_posix()}"
                    objects.upload(service, path, target, outputs.get("KmsKeyId"))
