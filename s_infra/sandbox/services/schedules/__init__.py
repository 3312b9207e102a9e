"""EventBridge Scheduler, and EventBridge's scheduled rules: both fire by the sandbox's clock."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from s_infra.sandbox import constraints
from s_infra.sandbox.service_models import service_model
from s_infra.sandbox.services.schedules import rules
from s_infra.sandbox.services.schedules.errors import SchedulerError, not_carried_out, validation
from s_infra.sandbox.services.schedules.service import Scheduler

if TYPE_CHECKING:
    from s_infra.sandbox.base import Base, Response

Fields = Mapping[str, Any]
OPERATIONS: Mapping[str, Callable[[Scheduler, Fields], Fields]] = {
    "CreateSchedule": Scheduler.create_schedule,
    "CreateScheduleGroup": Scheduler.create_group,
    "DeleteSchedule": Scheduler.delete_schedule,
    "DeleteScheduleGroup": Scheduler.delete_group,
    "GetSchedule": Scheduler.get_schedule,
    "GetScheduleGroup": Scheduler.get_group,
    "ListScheduleGroups": Scheduler.list_groups,
    "ListSchedules": Scheduler.list_schedules,
    "ListTagsForResource": Scheduler.list_tags,
    "TagResource": Scheduler.tag,
    "UntagResource": Scheduler.untag,
    "UpdateSchedule": Scheduler.update_schedule,
}
WHOLE_NUMBERS = ("MaxResults",)


def install(base: Base) -> None:
    """Serve Scheduler, and fire the rules of EventBridge."""
    # The base's own looks every ten seconds, by the machine's clock.
    base.module("scheduler").start_scheduler = _nothing
    service = Scheduler(base)
    base.keep_state("schedules", lambda: (service.dump(), ()), service.restore)

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Response:
        del headers
        # In a thread: a role is looked up in this same server.
        return await asyncio.to_thread(_answer, service, method, path, body, query)

    base.add_service(
        "scheduler",
        handle,
        path_patterns=[r"^/schedules", r"^/schedule-groups"],
        host_patterns=[r"scheduler\."],
        reset=service.forget,
    )
    rules.install(base)


def _answer(
    service: Scheduler, method: str, path: str, body: bytes, query: Mapping[str, list[str]]
) -> Response:
    headers = {"Content-Type": "application/json"}
    try:
        operation, request = _read(method, path, body, query)
        found = constraints.problems("scheduler", operation, request)
        if found:
            raise validation(constraints.message(found))
        answer = OPERATIONS[operation](service, request)
    except SchedulerError as error:
        content = {"__type": error.code, "Message": error.message, "message": error.message}
        return error.status, {**headers, "x-amzn-errortype": error.code}, json.dumps(content).encode()
    return 200, headers, json.dumps(answer).encode()


def _read(method: str, path: str, body: bytes, query: Mapping[str, list[str]]) -> tuple[str, dict[str, Any]]:
    model = service_model("scheduler")
    for operation in OPERATIONS:
        http = model.operation_model(operation).http
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>.+)", http["requestUri"])
        found = re.fullmatch(pattern, path)
        if found is None or http["method"] != method:
            continue
        try:
            request = json.loads(body or b"{}")
        except ValueError as error:
            raise SchedulerError("SerializationException", f"The request is no JSON: {error}") from error
        request |= {name: unquote(value) for name, value in found.groupdict().items()}
        shape = model.operation_model(operation).input_shape
        for name, member in shape.members.items():
            if member.serialization.get("location") == "querystring":
                values = query.get(member.serialization.get("name", name))
                if values:
                    request[name] = _value(name, member, values)
        return operation, request
    raise not_carried_out(f"{method} {path}")


def _value(name: str, member: Any, values: list[str]) -> Any:
    if member.type_name == "list":
        return values
    if name in WHOLE_NUMBERS:
        if not values[0].isdigit():
            raise validation(f"{name} must be a whole number.")
        return int(values[0])
    return values[0]


def _nothing() -> None:
    return None
