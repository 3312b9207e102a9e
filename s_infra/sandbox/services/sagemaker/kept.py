"""The service's tables as JSON, and back: what a sandbox that keeps its state writes down when it ends."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.sagemaker.jobs import FINAL, Job, Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.services.sagemaker.service import SageMaker

INTERRUPTED = "InternalServerError: the sandbox was stopped while the job was running"
# The field of a job's end, by the prefix of its kind.
END_TIMES = {
    "TrainingJob": "TrainingEndTime",
    "HyperParameterTuningJob": "HyperParameterTuningEndTime",
    "TransformJob": "TransformEndTime",
    "ProcessingJob": "ProcessingEndTime",
}


def dump(service: SageMaker) -> tuple[object, list[str]]:
    """Return all tables, and the names of what they hold that can't be kept.

    A job under way is written down as failed: its program ends with the sandbox.
    """
    tables: dict[str, list[dict[str, Any]]] = {}
    lost: list[str] = []
    for table, entries in _tables(service).items():
        tables[table] = []
        for name, entry in entries.items():
            if isinstance(entry, Job):
                if entry.status not in FINAL:
                    lost.append(f"{entry.kind} {name}: it was running, and is Failed now")
                described = {"kind": entry.kind, "tuned": dict(entry.tuned), "job": ended(entry)}
                tables[table].append({"name": name, **described})
            elif isinstance(entry, dict):
                tables[table].append({"name": name, "plain": entry})
            else:
                lost.append(f"{type(entry).__name__} {name}: it lives in the sandbox's processes")
    return {"tables": tables, "tags": service.tags}, lost


def restore(service: SageMaker, content: Mapping[str, Any]) -> None:
    """Fill the tables of a service that has just begun."""
    tables = _tables(service)
    for name, entries in content["tables"].items():
        for entry in entries if name in tables else ():
            getattr(service, name).add(entry["name"], _job(entry) if "job" in entry else entry["plain"])
    service.tags.update(content["tags"])


def ended(job: Job) -> dict[str, Any]:
    """Return a job's description; that of one under way as it is after its interruption."""
    description = job.describe()
    if job.status in FINAL:
        return description
    now = time.time()
    description |= {
        f"{job.kind}Status": "Failed",
        "FailureReason": INTERRUPTED,
        "LastModifiedTime": now,
        END_TIMES[job.kind]: now,
    }
    if "SecondaryStatus" in description:
        for transition in description["SecondaryStatusTransitions"][-1:]:
            transition["EndTime"] = now
        failed = {"Status": "Failed", "StartTime": now, "EndTime": now, "StatusMessage": INTERRUPTED}
        description["SecondaryStatusTransitions"].append(failed)
        description["SecondaryStatus"] = "Failed"
    return description


def _job(entry: Mapping[str, Any]) -> Job:
    return Job.of_description(entry["kind"], entry["job"], entry["tuned"])


def _tables(service: SageMaker) -> dict[str, dict[str, Any]]:
    return {name: value.items() for name, value in vars(service).items() if isinstance(value, Table)}
