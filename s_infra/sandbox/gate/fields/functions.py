"""Lambda: what a function is made of and what it may be fed from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

EVENT_SOURCES = ("sqs",)


def _function(given: Mapping[str, Any]) -> str | None:
    if given.get("PackageType", "Zip") != "Zip":
        return f"PackageType {given['PackageType']}"
    if given.get("SnapStart", {}).get("ApplyOn", "None") != "None":
        return "SnapStart"
    runtime = str(given.get("Runtime", "python"))
    return None if runtime.startswith("python") else f"Runtime {runtime}"


def _event_source(given: Mapping[str, Any]) -> str | None:
    arn = str(given.get("EventSourceArn", "")).split(":")
    if len(arn) < 3 or arn[2] not in EVENT_SOURCES:
        return f"EventSourceArn {':'.join(arn)}"
    return None


CHECKS = {
    "CreateEventSourceMapping": _event_source,
    "CreateFunction": _function,
    "UpdateFunctionConfiguration": _function,
}
