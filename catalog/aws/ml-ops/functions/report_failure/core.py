"""Says in a record and in a message how a run failed, from what Step Functions knows of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

FAILED = ("FAILED", "TIMED_OUT", "ABORTED")
# How a state's own failure is called in a history.
FAILURES = ("EvaluationFailed", "FailStateEntered", "TaskFailed", "TaskSubmitFailed", "TaskTimedOut")

# What Step Functions leaves unsaid of an execution that didn't end by a state's failure.
UNSAID = {
    "FAILED": ("Unknown", "Step Functions gave no reason; look at the execution's history"),
    "TIMED_OUT": ("States.Timeout", "the run took longer than it may"),
    "ABORTED": ("Aborted", "someone stopped the run"),
}


class MalformedEventError(ValueError):
    """The event isn't Step Functions' "Execution Status Change"."""


@dataclass(frozen=True)
class Settings:
    """The pipeline's name, its two machines, and where a failure is recorded and told."""

    pipeline: str
    training_machine_arn: str
    scoring_machine_arn: str
    metadata_store: str
    metadata_prefix: str
    topic_arn: str


def execution_arn(event: Mapping[str, Any]) -> str:
    """Return the ARN of the execution that the event tells of.

    Raises:
        MalformedEventError: the event names none.
    """
    try:
        return str(event["detail"]["executionArn"])
    except (KeyError, TypeError) as error:
        raise MalformedEventError(f"the event has no usable {error}") from error


def failed_state(events: Sequence[Mapping[str, Any]], status: str) -> str | None:
    """Return the name of the state that failed, from a history's events, latest first.

    Where several items of a Map were at work it isn't the one that was entered last; of a run that was
    stopped or took too long it is.
    """
    known = {event["id"]: event for event in events}
    failures = (event for event in events if event["type"] in FAILURES)
    at: Mapping[str, Any] | None = next(failures, None) if status == "FAILED" else None
    while at is not None and "stateEnteredEventDetails" not in at:
        at = known.get(at["previousEventId"])
    entered = (event for event in events if "stateEnteredEventDetails" in event)
    found = next(entered, None) if at is None else at
    return None if found is None else str(found["stateEnteredEventDetails"]["name"])


def record(execution: Mapping[str, Any], state: str | None, settings: Settings) -> dict[str, Any]:
    """Return the record of a failed run, from the answer of DescribeExecution and the state that failed.

    `cause` is in words: where the cause is a job's description, the job's own message.
    """
    error, cause = UNSAID[execution["status"]]
    given = json.loads(execution.get("input") or "{}")
    training = execution["stateMachineArn"] == settings.training_machine_arn
    return {
        "run": execution["name"],
        "kind": "training" if training else "scoring",
        "status": "failed",
        "pipeline": settings.pipeline,
        "data": given.get("data") if isinstance(given, dict) else None,
        "started_at": _iso(execution["startDate"]),
        "ended_at": _iso(execution.get("stopDate")),
        "state": state,
        "error": execution.get("error") or error,
        "cause": in_words(execution.get("cause") or cause),
    }


def in_words(cause: str) -> str:
    """Return a cause for a person: the message inside a job's description, anything else as it is."""
    try:
        job = json.loads(cause)
    except ValueError:
        return cause
    if not isinstance(job, dict):
        return cause
    return str(job.get("FailureReason") or job.get("ErrorMessage") or cause)


def subject(failure: Mapping[str, Any]) -> str:
    """Return the message's subject: one line within SNS's hundred characters."""
    return f"{failure['pipeline']}: a {failure['kind']} run failed"[:100]


def message(failure: Mapping[str, Any], settings: Settings, arn: str) -> str:
    """Return the message's text: what failed, why, and what to do."""
    data = failure["data"] or {}
    source = (
        f"s3://{data.get('bucket')}/{data.get('key')} (version {data.get('version_id')})"
        if data
        else "unknown"
    )
    lines = [
        f"The {failure['kind']} run {failure['run']} failed in state {failure['state'] or 'none'}.",
        "",
        f"Error: {failure['error']}",
        f"Reason: {failure['cause']}",
        f"Data: {source}",
        f"Execution: {arn}",
        f"Record: s3://{settings.metadata_store}/{settings.metadata_prefix}runs/{failure['run']}.json",
        "",
        "Nothing was deployed by this run that wasn't complete.",
        *_next_steps(failure),
    ]
    return "\n".join(lines)


def _next_steps(failure: Mapping[str, Any]) -> list[str]:
    if place := failure.get("quarantine"):
        return [
            f"The file can't be used as it is; it is put away as {place}, with the reason beside it.",
            "Next: mend the file and land it again.",
        ]
    return [
        "Next: mend what the reason names; then land the file again, which starts from the beginning,",
        "or redrive the execution, which goes on at the state that failed.",
    ]


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
