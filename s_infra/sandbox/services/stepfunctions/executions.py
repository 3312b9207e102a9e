"""The operations on executions: start, stop, describe, list, history, redrive."""

from __future__ import annotations

import json
import re
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.stepfunctions import engine, kept
from s_infra.sandbox.services.stepfunctions.errors import LARGEST_PAYLOAD_BYTES, RefusedError
from s_infra.sandbox.services.stepfunctions.execution import (
    MOST_REDRIVES,
    REDRIVABLE,
    Event,
    Execution,
    Machine,
    Place,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

NAME = re.compile(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}")
PAGE = 100
LARGEST_PAGE = 1000


class Executions:
    """All executions of the sandbox, newest last."""

    def __init__(
        self, client_of: Callable[[str], Any], region: str, publish: Callable[[Execution, Event], None]
    ) -> None:
        self._client_of = client_of
        self._region = region
        self._publish = publish
        self._all: dict[str, Execution] = {}
        self._lock = threading.Lock()

    def start(self, machine: Machine, request: Mapping[str, Any]) -> dict[str, Any]:
        """StartExecution. While it runs, the same name and input are the same execution; later refused."""
        name = request.get("name") or str(uuid.uuid4())
        if not NAME.fullmatch(name):
            raise RefusedError("InvalidName", f"Invalid Name: '{name}'")
        text = request.get("input", "{}")
        given = _parsed(text)
        arn = f"{machine.arn.replace(':stateMachine:', ':execution:')}:{name}"
        with self._lock:
            known = self._all.get(arn)
            if known is not None:
                if known.status == "RUNNING" and known.input == given:
                    return {"executionArn": arn, "startDate": known.start_date}
                raise RefusedError("ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'")
            place = Place(machine.definition["StartAt"], given)
            execution = Execution(arn, name, machine, text, place, time.time(), self._publish)
            self._all[arn] = execution
        execution.record(
            "ExecutionStarted", "executionStartedEventDetails", input=text, roleArn=machine.role_arn
        )
        self._run(execution)
        return {"executionArn": arn, "startDate": execution.start_date}

    def stop(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """StopExecution: what the execution waits for is stopped, too."""
        execution = self._find(request)
        execution.finish("ABORTED", error=request.get("error"), cause=request.get("cause"))
        return {"stopDate": execution.stop_date}

    def redrive(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """RedriveExecution: run on from the state that did not succeed, with the input it had."""
        execution = self._find(request)
        if execution.status not in REDRIVABLE or execution.redrive_count >= MOST_REDRIVES:
            raise RefusedError(
                "ExecutionNotRedrivable",
                f"Execution is {execution.status} and cannot be redriven",
            )
        execution.redrive()
        self._run(execution)
        return {"redriveDate": execution.redrive_date}

    def describe(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeExecution."""
        execution = self._find(request)
        redrivable = execution.status in REDRIVABLE
        found = {
            "executionArn": execution.arn,
            "stateMachineArn": execution.machine.arn,
            "name": execution.name,
            "status": execution.status,
            "startDate": execution.start_date,
            "stopDate": execution.stop_date,
            "input": execution.input_text,
            "inputDetails": {"included": True},
            "output": execution.output_text,
            "outputDetails": None if execution.output_text is None else {"included": True},
            "error": execution.error,
            "cause": execution.cause,
            "redriveCount": execution.redrive_count,
            "redriveDate": execution.redrive_date,
            "redriveStatus": "REDRIVABLE" if redrivable else "NOT_REDRIVABLE",
            "redriveStatusReason": None
            if redrivable
            else f"Execution is {execution.status} and cannot be redriven",
        }
        return {key: value for key, value in found.items() if value is not None}

    def machine_of(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeStateMachineForExecution: the machine as it was when the execution started."""
        machine = self._find(request).machine
        return {
            "stateMachineArn": machine.arn,
            "name": machine.name,
            "definition": machine.text,
            "roleArn": machine.role_arn,
            "updateDate": machine.update_date,
            "loggingConfiguration": machine.logging,
        }

    def list(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """ListExecutions of one machine, newest first."""
        wanted = request.get("statusFilter")
        with self._lock:
            everything = list(self._all.values())
        chosen = [
            execution
            for execution in reversed(everything)
            if execution.machine.arn == request.get("stateMachineArn") and wanted in (None, execution.status)
        ]
        page, token = _page(chosen, request)
        entries = [_entry(execution) for execution in page]
        return {"executions": entries, **token}

    def history(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """GetExecutionHistory."""
        execution = self._find(request)
        with execution.lock:
            events = list(execution.events)
        if request.get("reverseOrder"):
            events.reverse()
        page, token = _page(events, request)
        if request.get("includeExecutionData") is False:
            page = [_without_data(event) for event in page]
        return {"events": page, **token}

    def end_all_of(self, machine_arn: str) -> None:
        """Abort what runs of a machine that is deleted, and forget its executions."""
        with self._lock:
            gone = [execution for execution in self._all.values() if execution.machine.arn == machine_arn]
            for execution in gone:
                del self._all[execution.arn]
        for execution in gone:
            execution.finish("ABORTED", cause="The state machine was deleted")

    def dump(self) -> tuple[object, Sequence[str]]:
        """Return all executions, and the names of those that end with the sandbox."""
        with self._lock:
            everything = list(self._all.values())
        running = [execution.name for execution in everything if execution.status == "RUNNING"]
        lost = [f"execution {name}: it was running, and is ABORTED now" for name in running]
        return [kept.dumped(execution) for execution in everything], lost

    def restore(self, content: Iterable[dict[str, Any]]) -> None:
        """Take up what `dump` gave."""
        for fields in content:
            execution = kept.restored(fields, self._publish)
            self._all[execution.arn] = execution

    def _run(self, execution: Execution) -> None:
        arguments = (execution, self._client_of, self._region)
        threading.Thread(target=engine.run, args=arguments, name=execution.name, daemon=True).start()

    def _find(self, request: Mapping[str, Any]) -> Execution:
        arn = str(request.get("executionArn", ""))
        with self._lock:
            execution = self._all.get(arn)
        if execution is None:
            raise RefusedError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
        return execution


def _parsed(text: str) -> Any:
    if len(text.encode()) > LARGEST_PAYLOAD_BYTES:
        raise RefusedError("InvalidExecutionInput", f"The input is larger than {LARGEST_PAYLOAD_BYTES} bytes")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise RefusedError(
            "InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'"
        ) from error


def _entry(execution: Execution) -> dict[str, Any]:
    entry = {
        "executionArn": execution.arn,
        "stateMachineArn": execution.machine.arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.start_date,
        "stopDate": execution.stop_date,
        "redriveCount": execution.redrive_count,
        "redriveDate": execution.redrive_date,
    }
    return {key: value for key, value in entry.items() if value is not None}


def _page(entries: list[Any], request: Mapping[str, Any]) -> tuple[list[Any], dict[str, str]]:
    size = min(request.get("maxResults") or PAGE, LARGEST_PAGE)
    token = request.get("nextToken") or "0"
    if not token.isdigit():
        raise RefusedError("InvalidToken", f"Invalid Token: '{token}'")
    first = int(token)
    more = first + size < len(entries)
    return entries[first : first + size], {"nextToken": str(first + size)} if more else {}


def _without_data(event: Event) -> Event:
    hidden = ("input", "output")
    return {
        key: {name: text for name, text in value.items() if name not in hidden}
        if isinstance(value, dict)
        else value
        for key, value in event.items()
    }
