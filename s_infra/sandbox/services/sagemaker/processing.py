"""The operations on processing jobs."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.sagemaker import listing, processing_run, training
from s_infra.sandbox.services.sagemaker.errors import validation
from s_infra.sandbox.services.sagemaker.jobs import Job
from s_infra.sandbox.services.sagemaker.service import split_s3_uri

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.services.sagemaker.service import SageMaker

KIND = "ProcessingJob"
DEFAULT_RUNTIME_S = 86400
INPUT_DEFAULTS = {
    "S3InputMode": "File",
    "S3DataDistributionType": "FullyReplicated",
    "S3CompressionType": "None",
}


def create(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """CreateProcessingJob."""
    name = request["ProcessingJobName"]
    if (existing := service.processing_jobs.get(name)) is not None:
        raise training.in_use("Job name", "a processing job", existing.arn)
    inputs = request.get("ProcessingInputs", [])
    outputs = request.get("ProcessingOutputConfig", {}).get("Outputs", [])
    _check(inputs, "InputName", "S3Input")
    _check(outputs, "OutputName", "S3Output")
    arn = service.arn("processing-job", name)
    job = Job(
        KIND,
        {
            **{key: value for key, value in request.items() if key != "Tags"},
            "ProcessingInputs": [
                {"AppManaged": False, **one, "S3Input": {**INPUT_DEFAULTS, **one["S3Input"]}}
                for one in inputs
            ],
            "StoppingCondition": {
                "MaxRuntimeInSeconds": DEFAULT_RUNTIME_S,
                **request.get("StoppingCondition", {}),
            },
            "ProcessingJobArn": arn,
        },
    )
    if not service.processing_jobs.add(name, job):
        raise training.in_use("Job name", "a processing job", arn)
    service.keep_tags(arn, request)
    service.spawn(lambda subject: processing_run.run(service, subject), job)
    return {"ProcessingJobArn": arn}


def _check(entries: list[dict[str, Any]], name: str, source: str) -> None:
    names = [one[name] for one in entries]
    if len(set(names)) != len(names):
        raise validation(f"Every {name} must be unique.")
    for one in entries:
        place = one.get(source)
        if place is None:
            raise validation(f"{source} is needed for {one[name]}.")
        split_s3_uri(place["S3Uri"])
        path = place.get("LocalPath")
        if path is None or not (posixpath.normpath(path) + "/").startswith(processing_run.ROOT):
            raise validation(f"LocalPath of {one[name]} must begin with {processing_run.ROOT}; it is {path}.")


def describe(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeProcessingJob."""
    return _found(service, request).describe()


def stop(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """StopProcessingJob."""
    job = _found(service, request)
    if job.wait(0):
        raise validation(
            f"The request was rejected because the processing job is in status {job.status}. "
            "Only InProgress jobs can be stopped."
        )
    job.request_stop()
    return {}


def list_jobs(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """ListProcessingJobs."""
    found = listing.matching([job.describe() for job in service.processing_jobs.all()], request, KIND)
    keys = {
        "Name": lambda item: item["ProcessingJobName"],
        "CreationTime": lambda item: item["CreationTime"],
        "Status": lambda item: item["ProcessingJobStatus"],
    }
    ordered = listing.ordered(found, request, keys, by="CreationTime", order="Descending")
    fields = (
        *("ProcessingJobName", "ProcessingJobArn", "CreationTime", "ProcessingEndTime", "LastModifiedTime"),
        *("ProcessingJobStatus", "FailureReason", "ExitMessage"),
    )
    return listing.page([listing.kept(item, *fields) for item in ordered], request, "ProcessingJobSummaries")


def _found(service: SageMaker, request: Mapping[str, Any]) -> Job:
    job = service.processing_jobs.get(request["ProcessingJobName"])
    if job is None:
        raise validation(f"Could not find requested job with name: {request['ProcessingJobName']}")
    return job
