"""The operations on batch transform jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.sagemaker import association, models, transform_run
from s_infra.sandbox.services.sagemaker.errors import validation
from s_infra.sandbox.services.sagemaker.job_kinds import JobKind, could_not_find
from s_infra.sandbox.services.sagemaker.jobs import Job
from s_infra.sandbox.services.sagemaker.service import split_s3_uri

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.services.sagemaker.service import SageMaker

KIND = JobKind(
    prefix="TransformJob",
    word="transform job",
    table=lambda service: service.transform_jobs,
    summary=(
        *("TransformJobName", "TransformJobArn", "CreationTime", "TransformEndTime", "LastModifiedTime"),
        *("TransformJobStatus", "FailureReason"),
    ),
    absent=could_not_find,
)
LARGEST_PAYLOAD_MB = 100
UNPROCESSED = {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "None"}


def create(service: SageMaker, request: dict[str, Any]) -> dict[str, Any]:
    """CreateTransformJob."""
    name = request["TransformJobName"]
    KIND.refuse_taken(service, name)
    model = models.find(service, request["ModelName"])
    split_s3_uri(request["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"])
    split_s3_uri(request["TransformOutput"]["S3OutputPath"])
    association.of_request(request)
    _check_payload(request)
    arn = service.arn("transform-job", name)
    job = Job(
        KIND.prefix,
        {
            **{key: value for key, value in request.items() if key != "Tags"},
            "DataProcessing": {**UNPROCESSED, **request.get("DataProcessing", {})},
            "TransformInput": {"CompressionType": "None", "SplitType": "None", **request["TransformInput"]},
            "TransformOutput": {"AssembleWith": "None", **request["TransformOutput"]},
            "TransformJobArn": arn,
        },
    )
    KIND.add(service, job)
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
