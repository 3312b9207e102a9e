"""Publishes what executions do: status changes to EventBridge, histories to CloudWatch Logs."""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s_infra.sandbox.services.stepfunctions.execution import Event, Execution

logger = logging.getLogger(__name__)
STARTING = ("ExecutionStarted", "ExecutionRedriven")
FATAL = ("ExecutionAborted", "ExecutionFailed", "ExecutionTimedOut")
ERROR = (
    *FATAL,
    *("EvaluationFailed", "FailStateEntered", "TaskFailed", "TaskTimedOut"),
    *("MapIterationAborted", "MapIterationFailed", "MapRunAborted", "MapRunFailed"),
    *("MapStateAborted", "MapStateFailed", "ParallelStateAborted", "ParallelStateFailed"),
    *("TaskStateAborted", "WaitStateAborted"),
)
DATA_FIELDS = ("input", "output", "parameters", "cause", "assignedVariables")
# EventBridge carries no more of an execution's input or output in the status event.
LARGEST_EVENT_DATA = 248 * 1024


class Publisher:
    """One thread that publishes events in their order; neither executions nor requests wait for it."""

    def __init__(
        self, put_event: Callable[[str, dict[str, Any], str], None], logs: Callable[[], Any]
    ) -> None:
        self._put_event = put_event
        self._logs = logs
        self._queue: queue.SimpleQueue[tuple[Execution, Event, dict[str, Any] | None]] = queue.SimpleQueue()
        self._streams: dict[str, tuple[str, str]] = {}
        threading.Thread(target=self._work, name="stepfunctions-events", daemon=True).start()

    def publish(self, execution: Execution, event: Event) -> None:
        """Queue what follows from one event of an execution's history."""
        changed = event["type"] in (*STARTING, *FATAL, "ExecutionSucceeded")
        self._queue.put((execution, event, status_detail(execution) if changed else None))

    def _work(self) -> None:
        while True:
            execution, event, detail = self._queue.get()
            try:
                self._log(execution, event)
            except (BotoCoreError, ClientError) as error:
                logger.warning("the log of %s was not written: %s", execution.arn, error)
            if detail is not None:
                self._put_event("Step Functions Execution Status Change", detail, execution.arn)

    def _log(self, execution: Execution, event: Event) -> None:
        settings = execution.machine.logging
        if not is_logged(str(settings.get("level", "OFF")), event["type"]):
            return
        message = json.dumps(
            log_record(execution, event, include_data=bool(settings.get("includeExecutionData")))
        )
        group, stream = self._stream(execution, settings)
        entry = {"timestamp": int(event["timestamp"] * 1000), "message": message}
        self._logs().put_log_events(logGroupName=group, logStreamName=stream, logEvents=[entry])

    def _stream(self, execution: Execution, settings: Mapping[str, Any]) -> tuple[str, str]:
        machine = execution.machine
        if machine.arn not in self._streams:
            destination = settings["destinations"][0]["cloudWatchLogsLogGroup"]["logGroupArn"]
            group = destination.split(":log-group:", 1)[1].removesuffix(":*")
            stream = f"states/{machine.name}/{time.strftime('%Y-%m-%d-%H-%M')}/{uuid.uuid4().hex[:8]}"
            self._logs().create_log_stream(logGroupName=group, logStreamName=stream)
            self._streams[machine.arn] = (group, stream)
        return self._streams[machine.arn]


def is_logged(level: str, kind: str) -> bool:
    """Tell whether a history event of that type is logged at that level."""
    return level == "ALL" or (level == "ERROR" and kind in ERROR) or (level == "FATAL" and kind in FATAL)


def log_record(execution: Execution, event: Event, *, include_data: bool) -> dict[str, Any]:
    """Return a history event as Step Functions logs it."""
    details: dict[str, Any] = next(
        (value for key, value in event.items() if key.endswith("EventDetails")), {}
    )
    return {
        "id": str(event["id"]),
        "type": event["type"],
        "details": {key: value for key, value in details.items() if include_data or key not in DATA_FIELDS},
        "redrive_count": str(execution.redrive_count),
        "previous_event_id": str(event["previousEventId"]),
        "event_timestamp": str(int(event["timestamp"] * 1000)),
        "execution_arn": execution.arn,
    }


def status_detail(execution: Execution) -> dict[str, Any]:
    """Return the detail of the event "Step Functions Execution Status Change"."""
    status = execution.status
    problem = execution.redrive_problem()
    detail: dict[str, Any] = {
        "executionArn": execution.arn,
        "stateMachineArn": execution.machine.arn,
        "stateMachineVersionArn": execution.machine.version_arn,
        "stateMachineAliasArn": execution.machine.alias_arn,
        "name": execution.name,
        "status": status,
        "startDate": _millis(execution.start_date),
        "stopDate": _millis(execution.stop_date),
        "redriveCount": execution.redrive_count,
        "redriveDate": _millis(execution.redrive_date),
        "redriveStatus": "REDRIVABLE" if problem is None else "NOT_REDRIVABLE",
        "redriveStatusReason": problem,
        "error": execution.error,
        "cause": execution.cause,
    }
    for field, text in (("input", execution.input_text), ("output", execution.output_text)):
        included = text is not None and len(text.encode()) <= LARGEST_EVENT_DATA
        detail[field] = text if included else None
        detail[f"{field}Details"] = None if text is None else {"included": included}
    return detail


def _millis(moment: float | None) -> int | None:
    return None if moment is None else int(moment * 1000)
