"""Jobs as they are declared: what is kept of them, and what is refused."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.glue.errors import invalid, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

Fields = dict[str, Any]
PYTHON_SHELL, SPARK = "pythonshell", "glueetl"
# What says something that a job of any kind can be held to here.
JOB_FIELDS = frozenset(
    {
        *("Description", "LogUri", "Role", "ExecutionProperty", "Command", "DefaultArguments", "Timeout"),
        *("NonOverridableArguments", "MaxCapacity", "AllocatedCapacity", "GlueVersion", "MaxRetries"),
        *("JobMode", "ExecutionClass"),
    }
)
# One machine does the work of any number of workers: these are kept and told back.
SPARK_FIELDS = JOB_FIELDS | {"WorkerType", "NumberOfWorkers"}
PYTHON_VERSIONS = {PYTHON_SHELL: ("3.9",), SPARK: ("3",)}
# Glue's release → its Python and its Spark. Here there is one Spark: each run's log begins with which.
SPARK_VERSIONS = {"4.0": ("3.10", "3.3"), "5.0": ("3.11", "3.5"), "5.1": ("3.11", "3.5")}
DEFAULT_SPARK_VERSION = "5.1"
CAPACITIES = (0.0625, 1, 1.0)
WORKER_CAPACITIES = {"G.1X": 1, "G.2X": 2, "G.4X": 4, "G.8X": 8, "G.12X": 12, "G.16X": 16}
DEFAULT_WORKERS = ("G.1X", 10)
DEFAULT_TIMEOUT_MINUTES = 2880
# Of releases from 5.0 on.
DEFAULT_SPARK_TIMEOUT_MINUTES = 480
NO_BOOKMARK = "job-bookmark-disable"
# Each changes how AWS runs a job, and not how it is run here; these values say what is done anyway.
REFUSED_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "--python-modules-installer-option": (),
    "--job-bookmark-option": (NO_BOOKMARK,),
}
REFUSED_SPARK_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    **REFUSED_ARGUMENTS,
    "--class": ("GlueApp",),
    "--datalake-formats": (),
    "--enable-auto-scaling": ("false",),
    "--enable-continuous-cloudwatch-log": ("false",),
    "--enable-glue-datacatalog": ("false",),
    "--enable-job-insights": ("false",),
    "--enable-metrics": ("false",),
    "--enable-observability-metrics": ("false",),
    "--enable-spark-ui": ("false",),
    "--extra-jars": (),
    "--job-language": ("python",),
    "--spark-event-logs-path": (),
    "--user-jars-first": ("false",),
    "--write-shuffle-files-to-s3": ("false",),
    "--write-shuffle-spills-to-s3": ("false",),
}


def declared(operation: str, given: Mapping[str, Any]) -> Fields:
    """Return a job's fields, with AWS's defaults. Raises GlueError for what isn't carried out."""
    kept = {key: value for key, value in given.items() if value not in (None, "", {}, [])}
    command = dict(kept.get("Command", {}))
    if "Role" not in kept or "Name" not in command:
        raise invalid("Role and Command.Name are required")
    kind = command["Name"]
    if kind not in PYTHON_VERSIONS:
        raise refusal(operation, f"Command.Name {kind}")
    for field in sorted(set(kept) - (SPARK_FIELDS if kind == SPARK else JOB_FIELDS)):
        raise refusal(operation, field)
    if kind == SPARK:
        command.setdefault("PythonVersion", "3")
    if command.get("PythonVersion") not in PYTHON_VERSIONS[kind]:
        raise refusal(operation, f"Command.PythonVersion {command.get('PythonVersion')}")
    if kept.get("MaxRetries", 0) != 0:
        raise refusal(operation, "MaxRetries")
    check_arguments(
        operation, kind, {**kept.get("DefaultArguments", {}), **kept.get("NonOverridableArguments", {})}
    )
    specific = _spark(operation, kept) if kind == SPARK else _python_shell(kept)
    return {
        "ExecutionProperty": {"MaxConcurrentRuns": 1},
        "MaxRetries": 0,
        **kept,
        "Command": command,
        **specific,
    }


def _python_shell(kept: Mapping[str, Any]) -> Fields:
    capacity = kept.get("MaxCapacity", kept.get("AllocatedCapacity", CAPACITIES[0]))
    if capacity not in CAPACITIES:
        raise invalid("MaxCapacity of a pythonshell job is 0.0625 or 1")
    return {
        "Timeout": kept.get("Timeout", DEFAULT_TIMEOUT_MINUTES),
        "MaxCapacity": float(capacity),
        "AllocatedCapacity": int(capacity),
    }


def _spark(operation: str, kept: Mapping[str, Any]) -> Fields:
    version = kept.get("GlueVersion", DEFAULT_SPARK_VERSION)
    if version not in SPARK_VERSIONS:
        raise refusal(operation, f"GlueVersion {version} of a glueetl job")
    if "MaxCapacity" in kept or "AllocatedCapacity" in kept:
        raise invalid("Please set WorkerType and NumberOfWorkers, not Max Capacity, from GlueVersion 2.0 on.")
    default = DEFAULT_SPARK_TIMEOUT_MINUTES if version.startswith("5") else DEFAULT_TIMEOUT_MINUTES
    return {
        "GlueVersion": version,
        "Timeout": kept.get("Timeout", default),
        **workers(operation, kept, {}),
        "ExecutionClass": kept.get("ExecutionClass", "STANDARD"),
    }


def workers(operation: str, given: Mapping[str, Any], job: Mapping[str, Any]) -> Fields:
    """Return a Spark job's or run's workers, and the capacity that they make."""
    kind = given.get("WorkerType") or job.get("WorkerType") or DEFAULT_WORKERS[0]
    number = given.get("NumberOfWorkers") or job.get("NumberOfWorkers") or DEFAULT_WORKERS[1]
    if kind not in WORKER_CAPACITIES:
        raise refusal(operation, f"WorkerType {kind}")
    if number < 2:
        raise invalid("The number of workers must be at least 2: one of them drives the others.")
    capacity = WORKER_CAPACITIES[kind] * number
    return {
        "WorkerType": kind,
        "NumberOfWorkers": number,
        "MaxCapacity": float(capacity),
        "AllocatedCapacity": capacity,
    }


def check_arguments(operation: str, kind: str, arguments: Mapping[str, Any]) -> None:
    """Raise GlueError for an argument that changes how AWS runs a job, and not how it is run here."""
    refused = REFUSED_SPARK_ARGUMENTS if kind == SPARK else REFUSED_ARGUMENTS
    for name, harmless in refused.items():
        if name in arguments and arguments[name] not in harmless:
            raise refusal(operation, name)


def run_arguments(job: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
    """Return the arguments of one run: the run's over the defaults, and the fixed ones over both."""
    return {**job.get("DefaultArguments", {}), **given, **job.get("NonOverridableArguments", {})}


def argv(job: Mapping[str, Any], run_id: str, arguments: Mapping[str, str]) -> list[str]:
    """Return the arguments as the script finds them behind its own name; a Spark job's has three more."""
    own: dict[str, str] = {}
    if job["Command"]["Name"] == SPARK:
        identity = hashlib.sha256(str(job["Name"]).encode()).hexdigest()
        own = {"--JOB_NAME": job["Name"], "--JOB_ID": f"j_{identity}", "--JOB_RUN_ID": run_id}
    return [part for name, value in {**own, **arguments}.items() for part in (name, str(value))]
