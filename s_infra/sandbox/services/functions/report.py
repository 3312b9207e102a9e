"""What Lambda itself writes in a function's log: in text, or in JSON where LoggingConfig says so."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from s_infra.sandbox.services.functions.function import Function


@dataclass(frozen=True)
class Measured:
    """How an invocation went. `status` is `success`, `failure`, `error` or `timeout`."""

    duration_ms: float
    init_ms: float | None
    used_mb: int
    status: str
    error_type: str | None


def started(function: Function, request_id: str) -> str:
    """Return the line that begins an invocation."""
    if function.json_logs:
        return _platform("start", {"requestId": request_id, "version": function.version})
    return f"START RequestId: {request_id} Version: {function.version}"


def failed(function: Function, text: str) -> list[str]:
    """Return what is said between: in JSON the report alone says it."""
    return [] if function.json_logs else [text]


def ended(function: Function, request_id: str, measured: Measured) -> list[str]:
    """Return the lines that end an invocation."""
    billed = math.ceil(measured.duration_ms + (measured.init_ms or 0))
    used = min(measured.used_mb, function.memory_mb)
    if function.json_logs:
        return [_platform("report", _record(function, request_id, measured, billed, used))]
    parts = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {measured.duration_ms:.2f} ms",
        f"Billed Duration: {billed} ms",
        f"Memory Size: {function.memory_mb} MB",
        f"Max Memory Used: {used} MB",
    ]
    if measured.init_ms is not None:
        parts.append(f"Init Duration: {measured.init_ms:.2f} ms")
    if measured.status in ("error", "timeout"):
        parts.append(f"Status: {measured.status}")
    if measured.status == "error":
        parts.append(f"Error Type: {measured.error_type}")
    return [f"END RequestId: {request_id}", "\t".join(parts)]


def _record(
    function: Function, request_id: str, measured: Measured, billed: int, used: int
) -> dict[str, Any]:
    metrics: dict[str, Any] = {
        "durationMs": round(measured.duration_ms, 3),
        "billedDurationMs": billed,
        "memorySizeMB": function.memory_mb,
        "maxMemoryUsedMB": used,
    }
    if measured.init_ms is not None:
        metrics["initDurationMs"] = round(measured.init_ms, 3)
    record: dict[str, Any] = {"requestId": request_id, "metrics": metrics, "status": measured.status}
    if measured.error_type:
        record["errorType"] = measured.error_type
    return record


def _platform(kind: str, record: dict[str, Any]) -> str:
    moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"time": moment, "type": f"platform.{kind}", "record": record})
