"""Finds the log of the job that made a state fail."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from s_infra.aws import error_code, explained

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

GLUE_GROUPS = ("/aws-glue/python-jobs/error", "/aws-glue/python-jobs/output")
TRAINING_GROUP = "/aws/sagemaker/TrainingJobs"
TRANSFORM_GROUP = "/aws/sagemaker/TransformJobs"


@dataclass(frozen=True)
class LogTail:
    """The last lines of one log stream."""

    group: str
    stream: str
    lines: tuple[str, ...]


def of_failure(cause: str | None, logs: Any, sagemaker: Any, limit: int = 20) -> list[LogTail]:
    """Return the tails of the logs behind a failed state's cause; none if the cause names no job."""
    job = _job(cause)
    tails: list[LogTail] = []
    with explained("the failed job's log"):
        for group, prefix in _streams(job, sagemaker):
            tails += _tails(logs, group, prefix, limit)
    return tails


def reason(cause: str | None) -> str | None:
    """Return the reason inside a failed state's cause: the job's own message where the cause is a job."""
    job = _job(cause)
    return job.get("FailureReason") or job.get("ErrorMessage") or cause


def _job(cause: str | None) -> Mapping[str, Any]:
    """Return the job's description that Step Functions gives as the cause of a failed `.sync` state."""
    try:
        parsed = json.loads(cause or "")
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _streams(job: Mapping[str, Any], sagemaker: Any) -> Iterator[tuple[str, str]]:
    if "HyperParameterTuningJobName" in job:
        trials = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=job["HyperParameterTuningJobName"],
            StatusEquals="Failed",
            MaxResults=1,
        )
        for trial in trials["TrainingJobSummaries"]:
            yield TRAINING_GROUP, f"{trial['TrainingJobName']}/"
    elif "TrainingJobName" in job:
        yield TRAINING_GROUP, f"{job['TrainingJobName']}/"
    elif "TransformJobName" in job:
        yield TRANSFORM_GROUP, f"{job['TransformJobName']}/"
    elif "JobName" in job and "Id" in job:
        for group in GLUE_GROUPS:
            yield group, str(job["Id"])


def _tails(logs: Any, group: str, prefix: str, limit: int) -> Iterator[LogTail]:
    try:
        streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=prefix)["logStreams"]
    except ClientError as error:
        if error_code(error) == "ResourceNotFoundException":
            return
        raise
    for stream in streams:
        name = stream["logStreamName"]
        events = logs.get_log_events(logGroupName=group, logStreamName=name, limit=limit, startFromHead=False)
        lines = tuple(event["message"].rstrip("\n") for event in events["events"])
        if lines:
            yield LogTail(group, name, lines)
