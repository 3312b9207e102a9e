"""Jobs as they are declared: what is kept of them, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s_infra.sandbox import constraints

if TYPE_CHECKING:
    from collections.abc import Mapping

Fields = dict[str, Any]
# Those that say something a Python-shell job can be held to here.
JOB_FIELDS = frozenset(
    {
        *("Description", "LogUri", "Role", "ExecutionProperty", "Command", "DefaultArguments"),
        *(
            "NonOverridableArguments",
            "Timeout",
            "MaxCapacity",
            "AllocatedCapacity",
            "GlueVersion",
            "MaxRetries",
        ),
        *("JobMode", "ExecutionClass"),
    }
)
PYTHON_VERSIONS = ("3.9",)
CAPACITIES = (0.0625, 1, 1.0)
DEFAULT_TIMEOUT_MINUTES = 2880
REFUSED_ARGUMENTS = (
    "--additional-python-modules",
    "--python-modules-installer-option",
    "--job-bookmark-option",
)


class GlueError(Exception):
    """The service answers with an error: `code` as AWS names it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def refusal(operation: str, what: str) -> GlueError:
    """Return the refusal of something that AWS does and the sandbox doesn't."""
    return GlueError("InvalidInputException", f"s-infra sandbox: glue:{operation} {what} isn't carried out")


def check(operation: str, given: Mapping[str, Any]) -> None:
    """Raise GlueError when a request isn't of the operation's shape."""
    found = constraints.problems("glue", operation, given)
    for problem in found:
        # Glue answers this in its own words, not as the service model's constraint.
        if problem.kind == "null":
            name = ".".join(part[:1].upper() + part[1:] for part in problem.field.split("."))
            raise GlueError("InvalidInputException", f"{name} should not be null or empty.")
    if found:
        raise GlueError("ValidationException", constraints.message(found))


def declared(operation: str, given: Mapping[str, Any]) -> Fields:
    """Return a job's fields, with AWS's defaults. Raises GlueError for what isn't carried out."""
    kept = {key: value for key, value in given.items() if value not in (None, "", {}, [])}
    for field in sorted(set(kept) - JOB_FIELDS):
        raise refusal(operation, field)
    command = dict(kept.get("Command", {}))
    if "Role" not in kept or "Name" not in command:
        raise GlueError("InvalidInputException", "Role and Command.Name are required")
    if command["Name"] != "pythonshell":
        raise refusal(operation, f"Command.Name {command['Name']}")
    if command.get("PythonVersion") not in PYTHON_VERSIONS:
        raise refusal(operation, f"Command.PythonVersion {command.get('PythonVersion')}")
    if kept.get("MaxRetries", 0) != 0:
        raise refusal(operation, "MaxRetries")
    capacity = kept.get("MaxCapacity", kept.get("AllocatedCapacity", CAPACITIES[0]))
    if capacity not in CAPACITIES:
        raise GlueError("InvalidInputException", "MaxCapacity of a pythonshell job is 0.0625 or 1")
    arguments = {**kept.get("DefaultArguments", {}), **kept.get("NonOverridableArguments", {})}
    check_arguments(operation, arguments)
    return {
        "ExecutionProperty": {"MaxConcurrentRuns": 1},
        "MaxRetries": 0,
        "Timeout": DEFAULT_TIMEOUT_MINUTES,
        **kept,
        "MaxCapacity": float(capacity),
        "AllocatedCapacity": int(capacity),
    }


def check_arguments(operation: str, arguments: Mapping[str, Any]) -> None:
    """Raise GlueError for an argument that changes how AWS runs a job, and not how it is run here."""
    for name in REFUSED_ARGUMENTS:
        if arguments.get(name) not in (None, "job-bookmark-disable"):
            raise refusal(operation, name)


def run_arguments(job: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
    """Return the arguments of one run: the run's over the defaults, and the fixed ones over both."""
    return {**job.get("DefaultArguments", {}), **given, **job.get("NonOverridableArguments", {})}


def argv(arguments: Mapping[str, str]) -> list[str]:
    """Return the arguments as the script finds them behind its own name."""
    return [part for name, value in arguments.items() for part in (name, str(value))]
