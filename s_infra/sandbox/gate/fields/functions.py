"""Lambda: what a function is made of, what it may be fed from, and where its results may go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

EVENT_SOURCES = ("sqs",)
DESTINATIONS = ("events", "lambda", "sns", "sqs")
CODE = frozenset({"ZipFile", "S3Bucket", "S3Key", "S3ObjectVersion"})


def _beyond(given: Mapping[str, Any], field: str, carried: frozenset[str]) -> str | None:
    """Return the first member of a field that isn't carried out."""
    found = (name for name, value in (given.get(field) or {}).items() if value and name not in carried)
    name = next(found, None)
    return f"{field}.{name}" if name else None


def _configuration(given: Mapping[str, Any]) -> str | None:
    if given.get("PackageType", "Zip") != "Zip":
        return f"PackageType {given['PackageType']}"
    if given.get("SnapStart", {}).get("ApplyOn", "None") != "None":
        return "SnapStart"
    if (level := (given.get("LoggingConfig") or {}).get("SystemLogLevel", "INFO")) != "INFO":
        return f"LoggingConfig.SystemLogLevel {level}"
    runtime = str(given.get("Runtime") or "python")
    return None if runtime.startswith("python") else f"Runtime {runtime}"


def _function(given: Mapping[str, Any]) -> str | None:
    return _configuration(given) or _beyond(given, "Code", CODE)


def _layer(given: Mapping[str, Any]) -> str | None:
    return _beyond(given, "Content", CODE)


def _event_source(given: Mapping[str, Any]) -> str | None:
    arn = str(given.get("EventSourceArn", "")).split(":")
    if len(arn) < 3 or arn[2] not in EVENT_SOURCES:
        return f"EventSourceArn {':'.join(arn)}"
    return None


def _destinations(given: Mapping[str, Any]) -> str | None:
    for kind, destination in (given.get("DestinationConfig") or {}).items():
        arn = str((destination or {}).get("Destination") or "")
        if arn and arn.split(":")[2:3] not in [[service] for service in DESTINATIONS]:
            return f"DestinationConfig.{kind}.Destination {arn}"
    return None


CHECKS = {
    "CreateEventSourceMapping": _event_source,
    "CreateFunction": _function,
    "PublishLayerVersion": _layer,
    "PutFunctionEventInvokeConfig": _destinations,
    "UpdateFunctionConfiguration": _configuration,
}
