"""Lambda: the base's, with the true name of a function's error and none of the server's environment in it."""

from __future__ import annotations

import json
import os
import re
import subprocess
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.functions import policies

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from s_infra.sandbox.base import Base, Handler, Response

# What a function may see of the server's environment, or has from Lambda itself.
KEPT = frozenset({"PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH"})
# The base's name for every exception of a handler.
UNNAMED = "Runtime.HandlerError"
# The line of a traceback that names the exception, which may be one of a module or of nothing but a name.
EXCEPTION = re.compile(r"(?P<name>[A-Za-z_][\w.<>]*)(?:: (?P<message>.*))?")
CODE_FOLDER = re.compile(r"/[^\s\"]*/ministack-lambda-[^/\s\"]*/code/")
INVALID = {"Content-Type": "application/json", "x-amzn-errortype": "InvalidParameterValueException"}
INIT_FAILED = "Worker init failed: "


def install(base: Base) -> None:
    """Mend what the base's workers report and what they are started with."""
    service, runtime = base.module("lambda_svc"), base.core("lambda_runtime")
    execute = service._execute_function_warm

    def execute_and_name(*arguments: Any, **options: Any) -> dict[str, Any]:
        return named(execute(*arguments, **options))

    service._execute_function_warm = execute_and_name
    runtime.subprocess = _Subprocess()
    base.wrap_service("lambda", lambda inner: _Mappings(base, inner).handle)
    policies.install(base)


class _Mappings:
    """Refuses the mapping of a queue that would hand a batch out again while its function is at work."""

    def __init__(self, base: Base, inner: Handler) -> None:
        self._functions, self._queues, self._inner = base.module("lambda_svc"), base.module("sqs"), inner

    async def handle(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Response:
        """Answer one request, in the shape of the base's handlers."""
        if method == "POST" and path.rstrip("/").endswith("/event-source-mappings"):
            problem = self._problem(json.loads(body or b"{}"))
            if problem is not None:
                content = {"Type": "User", "message": problem}
                return 400, dict(INVALID), json.dumps(content).encode()
        return await self._inner(method, path, headers, body, query)

    def _problem(self, given: Mapping[str, Any]) -> str | None:
        queue = self._queues._queue_by_arn(str(given.get("EventSourceArn", "")))
        _, config, _ = self._functions._get_func_record_for_ref(str(given.get("FunctionName", "")))
        if not queue or not config:
            return None
        hidden, timeout = int(queue["attributes"].get("VisibilityTimeout", 30)), int(config.get("Timeout", 3))
        if hidden >= timeout:
            return None
        return f"Queue visibility timeout: {hidden} seconds is less than Function timeout: {timeout} seconds"


def named(result: dict[str, Any]) -> dict[str, Any]:
    """Return a worker's result with `errorType` and `stackTrace` as Lambda gives them."""
    body = result.get("body")
    if not result.get("error") or not isinstance(body, dict):
        return result
    message = str(body.get("errorMessage", ""))
    if message.startswith(INIT_FAILED):
        return {**result, "body": {**body, **_of_import(message.removeprefix(INIT_FAILED))}}
    if body.get("errorType") != UNNAMED:
        return result
    lines = str(result.get("log") or "").splitlines()
    starts = [
        number for number, line in enumerate(lines) if line.startswith("Traceback (most recent call last)")
    ]
    if not starts:
        return result
    frames = lines[starts[-1] + 1 :]
    at = next((number for number, line in enumerate(frames) if EXCEPTION.fullmatch(line)), None)
    found = EXCEPTION.fullmatch(frames[at]) if at is not None else None
    if found is None:
        return result
    trace = list(_frames(frames[:at]))
    return {**result, "body": {**body, "errorType": found["name"].rpartition(".")[2], "stackTrace": trace}}


def _frames(lines: list[str]) -> Iterator[str]:
    frame = ""
    for line in [*lines, "  File "]:
        if line.startswith("  File ") and frame:
            # The base's own bootstrap is no part of the function.
            if "/_worker.py" not in frame:
                yield CODE_FOLDER.sub("/var/task/", frame)
            frame = ""
        frame += line + "\n"


def _of_import(reason: str) -> dict[str, str]:
    if "has no attribute" in reason:
        return {"errorType": "Runtime.HandlerNotFound", "errorMessage": reason}
    return {"errorType": "Runtime.ImportModuleError", "errorMessage": f"Unable to import module: {reason}"}


def environment(given: Mapping[str, str], server: Mapping[str, str]) -> dict[str, str]:
    """Return a worker's environment without what it has from the server's alone."""
    return {
        name: value
        for name, value in given.items()
        if name in KEPT or name.startswith("AWS_") or server.get(name) != value
    }


class _Subprocess:
    """The module `subprocess`, for the base's workers alone: their environment is cleaned."""

    def __getattr__(self, name: str) -> Any:
        return getattr(subprocess, name)

    def Popen(self, command: list[str], *, env: Mapping[str, str], **options: Any) -> Any:  # noqa: N802
        """Start a worker."""
        return subprocess.Popen(command, env=environment(env, os.environ), **options)
