"""The operations on batch transform jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.sagemaker import association, listing, models, training, transform_run
from s_infra.sandbox.services.sagemaker.errors import validation
from s_infra.sandbox.services.sagemaker.jobs import Job
from s_infra.sandbox.services.sagemaker.service import split_s3_uri

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.services.sagemaker.service import SageMaker

KIND = "TransformJob"
LARGEST_PAYLOAD_MB = 100
UNPROCESSED = {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "None"}


def create(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """CreateTransformJob."""
    name = request["TransformJobName"]
    if (existing := service.transform_jobs.get(name)) is not None:
        raise training.in_use("Job name", "a transform job", existing.arn)
    model = models.find(service, request["ModelName"])
    split_s3_uri(request["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"])
    split_s3_uri(request["TransformOutput"]["S3OutputPath"])
    association.of_request(request)
    _check_payload(request)
    arn = service.arn("transform-job", name)
    job = Job(
        KIND,
        {
            **{key: value for key, value in request.items() if key != "Tags"},
            "DataProcessing": {**UNPROCESSED, **request.get("DataProcessing", {})},
            "TransformInput": {"CompressionType": "None", "SplitType": "None", **request["TransformInput"]},
            "TransformOutput": {"AssembleWith": "None", **request["TransformOutput"]},
            "TransformJobArn": arn,
        },
    )
    if not service.transform_jobs.add(name, job):
        raise training.in_use("Job name", "a transform job", arn)
    service.keep_tags(arn, request)
    # The model is taken as it is now: deleting it later doesn't touch this job.
    service.spawn(lambda subject: transform_run.run(service, subject, model), job, model["ExecutionRoleArn"])
    return {"TransformJobArn": arn}


def _check_payload(request: Mapping[str, Any]) -> None:
    """Refuse more than the API reference allows to be sent at once."""
    size, calls = request.get("MaxPayloadInMB", 0), request.get("MaxConcurrentTransforms", 0)
    if size > LARGEST_PAYLOAD_MB or size * calls > LARGEST_PAYLOAD_MB:
        raise validation(
            f"MaxConcurrentTransforms * MaxPayloadInMB must not exceed {LARGEST_PAYLOAD_MB} MB, and neither "
            "must MaxPayloadInMB alone."
        )


def describe(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeTransformJob."""
    return _found(service, request).describe()


def stop(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """StopTransformJob."""
    job = _found(service, request)
    if job.wait(0):
        raise validation(
            f"The request was rejected because the transform job is in status {job.status}. "
            "Only InProgress jobs can be stopped."
        )
    job.request_stop()
    return {}


def list_jobs(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """ListTransformJobs."""
    found = listing.matching([job.describe() for job in service.transform_jobs.all()], request, KIND)
    keys = {
        "Name": lambda item: item["TransformJobName"],
        "CreationTime": lambda item: item["CreationTime"],
        "Status": lambda item: item["TransformJobStatus"],
    }
    ordered = listing.ordered(found, request, keys, by="CreationTime", order="Descending")
    return listing.page([_summary(item) for item in ordered], request, "TransformJobSummaries")


def _summary(item: dict[str, Any]) -> dict[str, Any]:
    return listing.kept(
        item,
        "TransformJobName",
        "TransformJobArn",
        "CreationTime",
        "TransformEndTime",
        "LastModifiedTime",
        "TransformJobStatus",
        "FailureReason",
    )


def _found(service: SageMaker, request: Mapping[str, Any]) -> Job:
    job = service.transform_jobs.get(request["TransformJobName"])
    if job is None:
        raise validation(f"Could not find requested job with name: {request['TransformJobName']}")
    return job
