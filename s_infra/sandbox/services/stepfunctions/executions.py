"""The operations on executions: start, stop, describe, list, history, redrive."""

from __future__ import annotations

import functools
import json
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.stepfunctions import engine, kept
from s_infra.sandbox.services.stepfunctions.changes import Changes
from s_infra.sandbox.services.stepfunctions.errors import LARGEST_PAYLOAD_BYTES, RefusedError
from s_infra.sandbox.services.stepfunctions.execution import Event, Execution, Machine
from s_infra.sandbox.services.stepfunctions.flow import Flow, Place
from s_infra.sandbox.services.stepfunctions.machines import NAME
from s_infra.sandbox.services.stepfunctions.maps.runs import MapRuns
from s_infra.sandbox.services.stepfunctions.paging import page, present
from s_infra.sandbox.services.stepfunctions.preparing import Preparation
from s_infra.sandbox.services.stepfunctions.tokens import Tokens
from s_infra.sandbox.services.stepfunctions.visit import Outside
from s_infra.sandbox.threads import Threads

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    ClientIn = Callable[[str], Callable[[str], Any]]

# Kept out of a history that is asked for without data.
DATA = ("input", "output", "parameters", "assignedVariables")


class Executions:
    """All executions of the sandbox, newest last, with their map runs and the tokens they wait for."""

    def __init__(self, client_in: ClientIn, region: str, publish: Callable[[Execution, Event], None]) -> None:
        self._publish = publish
        self._all: dict[str, Execution] = {}
        self._lock = threading.Lock()
        self._threads = Threads("execution")
        self._preparation = Preparation(client_in)
        self.tokens = Tokens()
        self.changes = Changes()
        self.map_runs = MapRuns()
        self.outside = Outside(
            client_in,
            region,
            self.tokens,
            self.changes,
            self.map_runs,
            add=self._add,
            run=lambda execution: engine.run(execution, self.outside),
        )

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
            root = Flow(machine.definition["States"], Place(machine.definition["StartAt"], given))
            execution = Execution(arn, name, machine, text, root, time.time(), self._publish)
            self._all[arn] = execution
        execution.begin()
        self._run(execution)
        self._preparation.begin(machine)
        return {"executionArn": arn, "startDate": execution.start_date}

    def stop(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """StopExecution: what the execution waits for is stopped, too."""
        execution = self.find(request)
        execution.finish("ABORTED", error=request.get("error"), cause=request.get("cause"))
        return {"stopDate": execution.stop_date}

    def redrive(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """RedriveExecution: do what did not succeed again, with the input it had."""
        execution = self.find(request)
        with execution.lock:
            problem = execution.redrive_problem()
            if problem is not None:
                raise RefusedError("ExecutionNotRedrivable", problem)
            execution.redrive()
        self._run(execution)
        return {"redriveDate": execution.redrive_date}

    def describe(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeExecution."""
        execution = self.find(request)
        problem = execution.redrive_problem()
        return present(
            {
                **_entry(execution),
                "input": execution.input_text,
                "inputDetails": {"included": True},
                "output": execution.output_text,
                "outputDetails": None if execution.output_text is None else {"included": True},
                "error": execution.error,
                "cause": execution.cause,
                "redriveStatus": _redrive_status(execution),
                "redriveStatusReason": problem,
                "itemCount": None,
            }
        )

    def machine_of(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeStateMachineForExecution: the machine as it was when the execution started."""
        execution = self.find(request)
        machine = execution.machine
        return present(
            {
                "stateMachineArn": machine.arn,
                "name": machine.name,
                "definition": machine.text,
                "roleArn": machine.role_arn,
                "updateDate": machine.update_date,
                "loggingConfiguration": machine.logging,
                "mapRunArn": execution.map_run_arn,
                "label": machine.label,
                "revisionId": machine.revision_id,
            }
        )

    def list(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """ListExecutions of a machine, a version, an alias or a map run, newest first."""
        given = [request[name] for name in ("stateMachineArn", "mapRunArn") if request.get(name)]
        if len(given) != 1:
            raise RefusedError(
                "ValidationException", "Either a stateMachineArn or a mapRunArn must be specified, not both"
            )
        with self._lock:
            everything = list(self._all.values())
        chosen = [one for one in reversed(everything) if given[0] in _lists(one) and _is_asked(one, request)]
        shown, token = page(chosen, request)
        return {"executions": [_entry(execution) for execution in shown], **token}

    def history(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """GetExecutionHistory."""
        execution = self.find(request)
        with execution.lock:
            events = list(execution.events)
        if request.get("reverseOrder"):
            events.reverse()
        shown, token = page(events, request)
        if request.get("includeExecutionData") is False:
            shown = [_without_data(event) for event in shown]
        return {"events": shown, **token}

    def end_all_of(self, machine_arn: str) -> None:
        """Abort what runs of a machine that is deleted, and forget its executions."""
        with self._lock:
            of_machine = (machine_arn, f"{machine_arn}/")
            gone = [one for one in self._all.values() if f"{one.machine.arn}/".startswith(of_machine[1])]
            for execution in gone:
                del self._all[execution.arn]
        for execution in gone:
            execution.finish("ABORTED", cause="The state machine was deleted")
        self.map_runs.forget({execution.arn for execution in gone})

    def dump(self) -> tuple[dict[str, Any], Sequence[str]]:
        """Return all executions and map runs, and the names of those that end with the sandbox."""
        with self._lock:
            everything = list(self._all.values())
        running = [execution.name for execution in everything if execution.status == "RUNNING"]
        lost = [f"execution {name}: it was running, and is ABORTED now" for name in running]
        runs = [kept.dumped_run(run) for run in self.map_runs.all()]
        return {"executions": [kept.dumped(one) for one in everything], "map_runs": runs}, lost

    def restore(self, content: Mapping[str, Any]) -> None:
        """Take up what `dump` gave."""
        for fields in content["executions"]:
            execution = kept.restored(fields, self._publish)
            self._all[execution.arn] = execution
        for fields in content["map_runs"]:
            self.map_runs.add(kept.restored_run(fields, self._all))

    def find(self, request: Mapping[str, Any]) -> Execution:
        """Return the execution of the request's ARN."""
        arn = str(request.get("executionArn", ""))
        with self._lock:
            execution = self._all.get(arn)
        if execution is None:
            raise RefusedError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
        return execution

    def _add(self, execution: Execution) -> None:
        with self._lock:
            self._all[execution.arn] = execution

    def _run(self, execution: Execution) -> None:
        self._threads.run(functools.partial(engine.run, execution, self.outside))


def _parsed(text: str) -> Any:
    if len(text.encode()) > LARGEST_PAYLOAD_BYTES:
        raise RefusedError("InvalidExecutionInput", f"The input is larger than {LARGEST_PAYLOAD_BYTES} bytes")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise RefusedError(
            "InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'"
        ) from error


def _lists(execution: Execution) -> tuple[str | None, ...]:
    """Return the ARNs under which an execution is listed."""
    machine = execution.machine
    if execution.map_run_arn is not None:
        return (execution.map_run_arn,)
    return (machine.arn, machine.version_arn, machine.alias_arn)


def _is_asked(execution: Execution, request: Mapping[str, Any]) -> bool:
    redriven = {"REDRIVEN": True, "NOT_REDRIVEN": False}.get(str(request.get("redriveFilter")))
    wanted = request.get("statusFilter")
    return wanted in (None, execution.status) and redriven in (None, execution.redrive_count > 0)


def _redrive_status(execution: Execution) -> str:
    if execution.map_run_arn is not None and execution.status in ("FAILED", "TIMED_OUT", "ABORTED"):
        return "REDRIVABLE_BY_MAP_RUN"
    return "REDRIVABLE" if execution.redrive_problem() is None else "NOT_REDRIVABLE"


def _entry(execution: Execution) -> dict[str, Any]:
    machine = execution.machine
    return present(
        {
            "executionArn": execution.arn,
            "stateMachineArn": machine.arn,
            "name": execution.name,
            "status": execution.status,
            "startDate": execution.start_date,
            "stopDate": execution.stop_date,
            "mapRunArn": execution.map_run_arn,
            "itemCount": execution.item_count,
            "stateMachineVersionArn": machine.version_arn,
            "stateMachineAliasArn": machine.alias_arn,
            "redriveCount": execution.redrive_count,
            "redriveDate": execution.redrive_date,
        }
    )


def _without_data(event: Event) -> Event:
    return {
        key: {name: text for name, text in value.items() if name not in DATA}
        if isinstance(value, dict)
        else value
        for key, value in event.items()
    }
