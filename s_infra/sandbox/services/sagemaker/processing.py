"""The operations on processing jobs."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.sagemaker import processing_run
from s_infra.sandbox.services.sagemaker.errors import validation
from s_infra.sandbox.services.sagemaker.job_kinds import JobKind, could_not_find
from s_infra.sandbox.services.sagemaker.jobs import Job
from s_infra.sandbox.services.sagemaker.service import split_s3_uri

if TYPE_CHECKING:
    from s_infra.sandbox.services.sagemaker.service import SageMaker

KIND = JobKind(
    prefix="ProcessingJob",
    word="processing job",
    table=lambda service: service.processing_jobs,
    summary=(
        *("ProcessingJobName", "ProcessingJobArn", "CreationTime", "ProcessingEndTime", "LastModifiedTime"),
        *("ProcessingJobStatus", "FailureReason", "ExitMessage"),
    ),
    absent=could_not_find,
)
DEFAULT_RUNTIME_S = 86400
INPUT_DEFAULTS = {
    "S3InputMode": "File",
    "S3DataDistributionType": "FullyReplicated",
    "S3CompressionType": "None",
}


def create(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """CreateProcessingJob."""
    name = request["ProcessingJobName"]
    KIND.refuse_taken(service, name)
    inputs = request.get("ProcessingInputs", [])
    outputs = request.get("ProcessingOutputConfig", {}).get("Outputs", [])
    _check(inputs, "InputName", "S3Input")
    _check(outputs, "OutputName", "S3Output")
    arn = service.arn("processing-job", name)
    job = Job(
        KIND.prefix,
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
    KIND.add(service, job)
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
