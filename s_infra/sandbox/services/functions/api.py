"""Lambda's Invoke, and what is checked of a request before the base stores it."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import re
import uuid
from typing import TYPE_CHECKING
from urllib.parse import unquote

from s_infra.sandbox.asgi import REQUEST_ID
from s_infra.sandbox.services.functions.answers import error
from s_infra.sandbox.services.functions.concurrency import ThrottledError
from s_infra.sandbox.services.functions.function import NotFoundError
from s_infra.sandbox.services.functions.invoker import Invocation

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Executor

    from s_infra.sandbox.base import Handler, Response
    from s_infra.sandbox.services.functions.asynchronous import Events
    from s_infra.sandbox.services.functions.checks import Checks
    from s_infra.sandbox.services.functions.function import Registry
    from s_infra.sandbox.services.functions.invoker import Invoker, Outcome

INVOKE = re.compile(r"/2015-03-31/functions/(?P<name>[^/]+)/invocations/?")
MOST_PAYLOAD = {"RequestResponse": 6_291_456, "Event": 1_048_576, "DryRun": 6_291_456}
LOG_TYPES = ("None", "Tail")


class Api:
    """Stands before the base's Lambda. `threads` are such as live for ever: environments end with theirs."""

    def __init__(
        self,
        registry: Registry,
        invoker: Invoker,
        events: Events,
        checks: Checks,
        threads: Executor,
        inner: Handler,
    ) -> None:
        self._registry = registry
        self._invoker = invoker
        self._events = events
        self._checks = checks
        self._threads = threads
        self._inner = inner

    async def handle(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Response:
        """Answer one request, in the shape of the base's handlers."""
        if method == "POST" and (found := INVOKE.fullmatch(path)):
            return await self._invoke(unquote(found["name"]), headers, body, query)
        # A check may ask S3, which answers on this very loop.
        loop = asyncio.get_running_loop()
        refused = await loop.run_in_executor(self._threads, self._checks.problem, method, path, body)
        if refused is not None:
            return refused
        return await self._inner(method, path, headers, body, query)

    async def _invoke(
        self, reference: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, list[str]]
    ) -> Response:
        kind = headers.get("x-amz-invocation-type") or "RequestResponse"
        log_type = headers.get("x-amz-log-type") or "None"
        payload = body or b"{}"
        problem = _problem(kind, log_type, payload)
        if problem is not None:
            return problem
        name, qualifier = self._registry.split(reference)
        qualifier = qualifier or next(iter(query.get("Qualifier", ())), None)
        try:
            function = self._registry.find(name, qualifier)
            context = _client_context(headers.get("x-amz-client-context"))
        except NotFoundError as missing:
            return error("ResourceNotFoundException", f"Function not found: {missing}")
        except ValueError:
            message = "Client context must be a valid Base64-encoded JSON object."
            return error("InvalidRequestContentException", message)
        request_id = str(uuid.uuid4())
        common = {REQUEST_ID: request_id, "X-Amz-Executed-Version": function.version}
        if kind == "DryRun":
            return 204, common, b""
        if kind == "Event":
            self._events.put(name, qualifier, payload, request_id)
            return 202, common, b""
        arn = function.arn + (f":{qualifier}" if qualifier else "")
        invocation = Invocation(function, payload, request_id, arn, context)
        loop = asyncio.get_running_loop()
        try:
            outcome = await loop.run_in_executor(self._threads, self._invoker.invoke, invocation)
        except ThrottledError as throttled:
            return error("TooManyRequestsException", "Rate Exceeded.", Reason=throttled.reason)
        except OSError as problem:
            return error("ServiceException", f"the function can't be started: {problem}")
        return _answer(outcome, common, log_type)


def _answer(outcome: Outcome, common: Mapping[str, str], log_type: str) -> Response:
    headers = {"Content-Type": "application/json", **common}
    if outcome.error:
        headers["X-Amz-Function-Error"] = outcome.error
    if log_type == "Tail":
        headers["X-Amz-Log-Result"] = base64.b64encode(outcome.log).decode()
    return 200, headers, outcome.payload


def _problem(kind: str, log_type: str, payload: bytes) -> Response | None:
    for field, value, choices in (
        ("invocationType", kind, tuple(MOST_PAYLOAD)),
        ("logType", log_type, LOG_TYPES),
    ):
        if value not in choices:
            return error(
                "ValidationException",
                f"1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint: "
                f"Member must satisfy enum value set: [{', '.join(choices)}]",
            )
    if len(payload) > MOST_PAYLOAD[kind]:
        told = f"payload is too large for the {kind} invocation type (limit {MOST_PAYLOAD[kind]} bytes)"
        return error("RequestTooLargeException", f"{len(payload)} byte {told}")
    try:
        json.loads(payload)
    except ValueError as invalid:
        message = f"Could not parse request body into json: {invalid}"
        return error("InvalidRequestContentException", message)
    return None


def _client_context(header: str | None) -> str | None:
    """Return the client context as JSON text.

    Raises:
        ValueError: it is none.
    """
    if not header:
        return None
    try:
        text = base64.b64decode(header, validate=True).decode()
    except binascii.Error as problem:
        raise ValueError(str(problem)) from problem
    json.loads(text)
    return text
