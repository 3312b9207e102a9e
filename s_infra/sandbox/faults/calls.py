"""Faults of calls: before the service, so that it never saw the request, or after it, so that it did."""

from __future__ import annotations

import asyncio
import functools
import json
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import escape

from s_infra.sandbox import asgi
from s_infra.sandbox.base import signing_name
from s_infra.sandbox.faults.fault import CALLS
from s_infra.sandbox.gate.naming import operation_name
from s_infra.sandbox.service_models import service_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from s_infra.sandbox.base import Base, Handler, Response
    from s_infra.sandbox.faults.fault import Fault
    from s_infra.sandbox.faults.registry import Faults

# Each service's own answer to a caller that is too quick, where it isn't ThrottlingException with 400.
THROTTLING: Mapping[str, tuple[str, int, str]] = {
    "s3": ("SlowDown", 503, "Please reduce your request rate."),
    "lambda": ("TooManyRequestsException", 429, "Rate Exceeded."),
    "sqs": ("RequestThrottled", 400, "Request is throttled."),
    "ec2": ("RequestLimitExceeded", 503, "Request limit exceeded."),
    **dict.fromkeys(("iam", "monitoring", "rds", "sns", "sts"), ("Throttling", 400, "Rate exceeded")),
}
FAILURES = {
    500: ("InternalFailure", "We encountered an internal error. Please try again."),
    502: ("BadGateway", "Bad gateway."),
    503: ("ServiceUnavailable", "Service is unable to handle request."),
    504: ("GatewayTimeout", "Gateway timed out."),
}
# Statuses of errors that the services' models leave out, or give without a status.
UNMODELLED = {"AccessDenied": 403, "AccessDeniedException": 403, "NoSuchKey": 404, "NoSuchBucket": 404}
# botocore's name of a service's model, where it isn't the signing name.
MODELS = {"monitoring": "cloudwatch", "states": "stepfunctions"}


def install(base: Base) -> None:
    """Put the faults before each service; to be called last."""
    for service in base.service_names():
        base.wrap_service(service, functools.partial(faulty, base.faults, service))


def faulty(faults: Faults, service: str, inner: Handler) -> Handler:
    """Return a handler that does to its requests what faults say."""

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Response:
        request_id = str(uuid.uuid4())

        def names() -> Iterator[str]:
            return resources(service, path, body, headers)

        operation = operation_name(service, method, path, headers, body, query) if faults.armed() else ""
        struck = faults.striking(CALLS, f"{service}:{operation}", names, request_id) if operation else []
        for fault in struck:
            if fault.kind == "slow":
                await asyncio.sleep(fault.seconds)
            elif not fault.after:
                return _answered(service, fault, headers, request_id)
        answer = await inner(method, path, headers, body, query)
        for fault in struck:
            if fault.kind != "slow":
                return _answered(service, fault, headers, request_id)
        return answer

    return handle


def _answered(service: str, fault: Fault, headers: Mapping[str, str], request_id: str) -> Response:
    if fault.kind == "cut":
        return 200, {asgi.CUT: "1", "Content-Type": "application/octet-stream"}, b""
    if fault.kind == "throttle":
        code, status, message = THROTTLING.get(service, ("ThrottlingException", 400, "Rate exceeded"))
    elif fault.kind == "fail":
        code, message = FAILURES[fault.status]
        status = fault.status
        if service == "s3" and status == 500:
            code = "InternalError"
    else:
        code, message = str(fault.code), "As a fault asked for."
        status = status_of(service, code)
    return error(code, status, message, headers, request_id)


def error(code: str, status: int, message: str, headers: Mapping[str, str], request_id: str) -> Response:
    """Return an error in the protocol of the request."""
    common = {asgi.REQUEST_ID: request_id, "x-amzn-errortype": code}
    kind = headers.get("content-type", "")
    of_s3 = signing_name(headers) == "s3"
    if of_s3 or "x-www-form-urlencoded" in kind:
        told = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
        body = f"<ErrorResponse><Error>{told}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        if of_s3:
            body = f"<Error>{told}<RequestId>{request_id}</RequestId></Error>"
        return status, {**common, "Content-Type": "text/xml"}, body.encode()
    content = {"__type": code, "message": message, "Message": message, "Type": "User"}
    return status, {**common, "Content-Type": kind or "application/json"}, json.dumps(content).encode()


def status_of(service: str, code: str) -> int:
    """Return the HTTP status of a service's error, 400 where its model says none."""
    shapes = service_model(MODELS.get(service, service)).error_shapes
    for shape in shapes:
        told = shape.metadata.get("error", {})
        if code in (shape.name, told.get("code")) and "httpStatusCode" in told:
            return int(told["httpStatusCode"])
    return {"AccessDenied": 403, "AccessDeniedException": 403, "NoSuchKey": 404, "NoSuchBucket": 404}.get(
        code, 400
    )


def resources(service: str, path: str, body: bytes, headers: Mapping[str, str]) -> Iterator[str]:
    """Give what a fault's pattern may match: the path's parts and whole, and each text of the request."""
    whole = unquote(path).strip("/")
    if whole:
        yield whole
        yield from (part for part in whole.split("/") if part)
    if service == "s3":
        return
    if "x-www-form-urlencoded" in headers.get("content-type", ""):
        form = parse_qs(body.decode(errors="replace"))
        yield from (value for values in form.values() for value in values)
        return
    try:
        given: Any = json.loads(body or b"{}")
    except ValueError:
        return
    if isinstance(given, dict):
        yield from (value for value in given.values() if isinstance(value, str))
