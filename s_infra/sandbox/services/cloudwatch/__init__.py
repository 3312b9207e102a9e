"""CloudWatch: metrics, alarms that are evaluated on time, and dashboards."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from s_infra.sandbox import constraints
from s_infra.sandbox.services.cloudwatch import carried, published, wire
from s_infra.sandbox.services.cloudwatch.carried import FIELDS, OPERATIONS
from s_infra.sandbox.services.cloudwatch.errors import CloudWatchError, missing, validation
from s_infra.sandbox.services.cloudwatch.service import CloudWatch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.base import Base, Response

LOG = logging.getLogger(__name__)
__all__ = ["FIELDS", "OPERATIONS", "install"]


def install(base: Base) -> None:
    """Serve CloudWatch, and publish what the sandbox's other services have to tell."""
    base.keep_state("clock", lambda: (base.clock.dump(), ()), base.clock.restore)
    service = CloudWatch(base)
    base.keep_state("cloudwatch", lambda: (service.dump(), ()), service.restore)
    published.install(base, service)

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Response:
        del method
        # In a thread: an action of an alarm calls this same server.
        return await asyncio.to_thread(_answer, service, path, headers, body, query)

    base.add_service(
        "monitoring",
        handle,
        target_prefixes=["GraniteServiceVersion20100801"],
        path_patterns=[r"^/service/GraniteServiceVersion20100801/operation/"],
        host_patterns=[r"monitoring\."],
        reset=service.forget,
    )


def _answer(
    service: CloudWatch, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, list[str]]
) -> Response:
    kind = wire.protocol(path, headers)
    try:
        operation, request = wire.decode(kind, path, headers, body, query)
        carried.check(operation, request)
        _check_shape(operation, request)
        return wire.answer(kind, operation, OPERATIONS[operation](service, request))
    except CloudWatchError as error:
        return wire.failure(kind, error)


def _check_shape(operation: str, request: Mapping[str, Any]) -> None:
    found = constraints.problems("cloudwatch", operation, request)
    absent = next((problem for problem in found if problem.kind == "null"), None)
    if absent is not None:
        raise missing(f"The parameter {absent.field[:1].upper()}{absent.field[1:]} is required.")
    if found:
        raise validation(constraints.message(found))
