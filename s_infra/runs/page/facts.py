"""What the page shows of a run, read from Step Functions, SageMaker, S3 and the logs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from s_infra.aws import explained
from s_infra.errors import SInfraError
from s_infra.runs import console, logs, records
from s_infra.runs.following import RUNNING
from s_infra.runs.page import history, machine, predictions, tuning

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s_infra.runs.pipeline import Pipeline

    Client = Callable[[str], Any]

Read = TypeVar("Read")


@dataclass(frozen=True)
class Landed:
    """The object that started the run; `missing` says why it can't be looked at any more."""

    bucket: str
    key: str
    version_id: str | None
    size: int | None
    modified: datetime | None = None
    missing: str = ""


@dataclass(frozen=True)
class Failure:
    """Why a run failed: the state, its error and reason, and the last lines of its job's log."""

    state: str | None
    error: str | None
    reason: str | None
    cause: str | None
    tails: tuple[logs.LogTail, ...]


@dataclass(frozen=True)
class Facts:
    """One run as it stands at `asked`."""

    run: str
    pipeline: str
    kind: str
    status: str
    execution: Mapping[str, Any]
    machine_name: str
    graph: machine.Graph
    progress: history.Progress
    record: Mapping[str, Any]
    console: console.Console
    endpoint: str
    asked: datetime
    landed: Landed | None = None
    tuning: tuning.Tuning | None = None
    predictions: predictions.Predictions | None = None
    champion: Mapping[str, Any] | None = None
    failure: Failure | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return self.execution["status"] in RUNNING

    @property
    def seconds(self) -> float:
        """From its start to its end, or until now."""
        end: datetime = self.execution.get("stopDate") or self.asked
        begun: datetime = self.execution["startDate"]
        return max(0.0, (end - begun).total_seconds())


def collect(run: str, execution_arn: str, deployed: Pipeline, client: Client) -> Facts:
    """Return all that the page shows; what can't be read beside the execution itself becomes a note.

    Raises:
        SInfraError: the execution, its definition or its history can't be read.
    """
    states, s3 = client("stepfunctions"), client("s3")
    reader = history.Reader()
    with explained(execution_arn):
        execution = states.describe_execution(executionArn=execution_arn)
        described = states.describe_state_machine_for_execution(executionArn=execution_arn)
        pages = states.get_paginator("get_execution_history").paginate(executionArn=execution_arn)
        for page in pages:
            reader.take(page["events"])
    progress = reader.progress()
    notes: list[str] = []
    record = _tried(notes, "the run's record", lambda: records.record(deployed, run, s3)) or {}
    job = tuning.job_of(progress.visits, record)
    where = record.get("predictions")
    scoring = execution["stateMachineArn"] == deployed.scoring_state_machine_arn
    return Facts(
        run=run,
        pipeline=deployed.name,
        kind="scoring" if scoring else "training",
        status=_status(execution, record),
        execution=execution,
        machine_name=described["name"],
        graph=machine.parse(json.loads(described["definition"])),
        progress=progress,
        record=record,
        console=console.of_arn(execution_arn, states.meta.endpoint_url),
        endpoint=states.meta.endpoint_url,
        asked=datetime.now(UTC),
        landed=landed(execution, record, s3),
        tuning=tuning.read(job, record, client("sagemaker")) if job else None,
        predictions=_tried(notes, "the predictions", lambda: predictions.read(where, s3)) if where else None,
        champion=_tried(notes, "the model in use", lambda: records.champion(deployed, s3)),
        failure=_tried(notes, "the log", lambda: failure(execution, progress, client)),
        notes=notes,
    )


def _tried(notes: list[str], what: str, read: Callable[[], Read]) -> Read | None:
    """Return what `read` returns; if AWS refuses, a note tells so and the page goes without it."""
    try:
        return read()
    except SInfraError as error:
        notes.append(f"Not shown: {what}. {error.what}")
        return None


def _status(execution: Mapping[str, Any], record: Mapping[str, Any]) -> str:
    """Return the record's word for a run that succeeded ("refused" did), else Step Functions' own."""
    said = execution["status"].lower()
    return str(record.get("status") or said) if said == "succeeded" else said


def landed(execution: Mapping[str, Any], record: Mapping[str, Any], s3: Any) -> Landed | None:
    """Return the object that the run was started with, as S3 has it now."""
    data = record.get("data") or _input(execution).get("data")
    if not isinstance(data, dict) or not {"bucket", "key"} <= data.keys():
        return None
    version = data.get("version_id")
    named = {"Bucket": data["bucket"], "Key": data["key"], **({"VersionId": version} if version else {})}
    try:
        with explained(f"s3://{data['bucket']}/{data['key']}"):
            head = s3.head_object(**named)
    except SInfraError as error:
        return Landed(data["bucket"], data["key"], version, data.get("size"), missing=error.what)
    return Landed(data["bucket"], data["key"], version, head["ContentLength"], head["LastModified"])


def _input(execution: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        given = json.loads(execution.get("input") or "{}")
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


def failure(execution: Mapping[str, Any], progress: history.Progress, client: Client) -> Failure | None:
    """Return why the execution ended without success, or None if it didn't."""
    if execution["status"] in ("SUCCEEDED", *RUNNING):
        return None
    failed = [visit for visit in progress.visits if visit.status in ("failed", "stopped")]
    deepest = max(failed, key=lambda visit: (visit.status == "failed", visit.depth), default=None)
    error: str | None = execution.get("error")
    cause: str | None = execution.get("cause")
    tails = logs.of_failure(cause, client("logs"), client("sagemaker"))
    state = deepest.state if deepest is not None else None
    return Failure(state, error, logs.reason(cause), cause, tuple(tails))
