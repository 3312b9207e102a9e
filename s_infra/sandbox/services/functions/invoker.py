"""One invocation: a place, an environment, the event, the answer, and what the log says of it."""

from __future__ import annotations

import json
import math
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.functions import interpreters, report
from s_infra.sandbox.services.functions.concurrency import ThrottledError
from s_infra.sandbox.services.functions.journal import Lines
from s_infra.sandbox.services.functions.process import Ended, Frame, TimedOut

if TYPE_CHECKING:
    from collections.abc import Callable

    from s_infra.sandbox.services.functions.concurrency import Concurrency
    from s_infra.sandbox.services.functions.environments import Environment, Environments
    from s_infra.sandbox.services.functions.function import Function
    from s_infra.sandbox.services.functions.journal import Journal

INIT_LIMIT_S = 10.0
MOST_RESPONSE = 6_291_556
UNHANDLED = "Unhandled"


@dataclass(frozen=True)
class Invocation:
    """What is to be done. `invoked_arn` is the ARN as the caller named it."""

    function: Function
    payload: bytes
    request_id: str
    invoked_arn: str
    client_context: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of it. `error` is `Unhandled` or None; `log` is what LogType Tail shows."""

    payload: bytes
    error: str | None
    log: bytes


@dataclass
class _Course:
    """What is known of an invocation under way."""

    lines: Lines = field(default_factory=Lines)
    init_ms: float | None = None
    memory_kib: int = 0
    payload: bytes = b""
    error: str | None = None
    # As the report says them.
    status: str = "success"
    error_type: str | None = None
    healthy: bool = False

    def fail(self, status: str, kind: str, message: str) -> None:
        """Answer with an error of Lambda's own."""
        self.payload = json.dumps({"errorType": kind, "errorMessage": message}).encode()
        self.error, self.status, self.error_type = UNHANDLED, status, kind

    def say(self, function: Function, text: str) -> None:
        """Write what failed in the log."""
        for line in report.failed(function, text):
            self.lines.add(line)


class Invoker:
    """Invokes functions.

    `tell(name, ms, failed, throttled)` makes the metrics of CloudWatch; `started("function", name, kill)`
    is told of each invocation that begins.
    """

    def __init__(
        self,
        environments: Environments,
        concurrency: Concurrency,
        journal: Journal,
        tell: Callable[[str, float, bool, bool], None],
        started: Callable[[str, str, Callable[[], None]], None],
    ) -> None:
        self._environments = environments
        self._concurrency = concurrency
        self._journal = journal
        self._tell = tell
        self._tell_started = started

    def invoke(self, invocation: Invocation, begin: Callable[[], None] | None = None) -> Outcome:
        """Run the function and return what it answered. The calling thread must live for ever.

        `begin` is called when an environment is ready.

        Raises:
            ThrottledError: too many run already.
        """
        function, course = invocation.function, _Course()
        try:
            with self._concurrency.one(function.name):
                environment = self._environments.idle(function)
                begun = time.monotonic()
                if environment is None:
                    environment, begun = self._started(function, course)
                if begin is not None:
                    begin()
                course.lines.add(report.started(function, invocation.request_id))
                if course.error is None:
                    self._run(environment, invocation, begun, course)
                self._finish(environment, invocation, begun, course)
        except ThrottledError:
            self._tell(function.name, 0.0, False, True)
            raise
        return Outcome(course.payload, course.error, course.lines.tail())

    def _started(self, function: Function, course: _Course) -> tuple[Environment, float]:
        """Return a new environment and when its invocation began: not before the initialization has ended.

        An initialization of more than ten seconds is tried again, on the function's own time.
        """
        if said := interpreters.stands_in(function.runtime):
            course.lines.add(said)
        environment = self._environments.start(function)
        begun = time.monotonic()
        answer = environment.process.receive(begun + INIT_LIMIT_S, course.lines.add)
        if isinstance(answer, TimedOut):
            course.lines.add(
                f"INIT_REPORT Init Duration: {INIT_LIMIT_S * 1000:.2f} ms Phase: init Status: timeout"
            )
            environment.process.close()
            environment = self._environments.start(function)
            begun = time.monotonic()
            answer = environment.process.receive(begun + function.timeout_s, course.lines.add)
            self._judge(answer, function, course, "")
            return environment, begun
        course.init_ms = (time.monotonic() - begun) * 1000
        self._judge(answer, function, course, "")
        return environment, time.monotonic()

    def _run(self, environment: Environment, invocation: Invocation, begun: float, course: _Course) -> None:
        function, process = invocation.function, environment.process
        deadline = begun + function.timeout_s
        left = deadline - time.monotonic()
        headers: dict[str, Any] = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Invoked-Function-Arn": invocation.invoked_arn,
            "Lambda-Runtime-Deadline-Ms": int((time.time() + left) * 1000),
            "Lambda-Runtime-Client-Context": invocation.client_context,
            "Content-Type": "application/json",
        }
        if function.traced:
            headers["Lambda-Runtime-Trace-Id"] = (
                f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)};"
                f"Parent={secrets.token_hex(8)};Sampled=1"
            )
        self._tell_started("function", function.name, process.kill)
        process.send(headers, invocation.payload, max(left, 0.1))
        answer = process.receive(deadline, course.lines.add)
        while isinstance(answer, Frame) and answer.kind == "ready":
            answer = process.receive(deadline, course.lines.add)
        self._judge(answer, function, course, invocation.request_id)

    def _judge(
        self, answer: Frame | Ended | TimedOut, function: Function, course: _Course, request_id: str
    ) -> None:
        course.healthy = False
        about = f"RequestId: {request_id} " if request_id else ""
        if isinstance(answer, TimedOut):
            told = f"Task timed out after {function.timeout_s:.2f} seconds"
            moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            course.fail("timeout", "Sandbox.Timedout", f"{about}Error: {told}")
            course.say(function, f"{moment} {request_id} {told}")
        elif isinstance(answer, Ended):
            how = f"with error: {answer.reason}" if answer.reason else "without providing a reason"
            told = f"{about}Error: Runtime exited {how}"
            course.fail("error", "Runtime.ExitError", told)
            course.say(function, f"{told}\nRuntime.ExitError")
            if answer.out_of_memory:
                course.error_type = "Runtime.OutOfMemory"
        elif answer.kind in ("error", "init_error"):
            course.payload, course.error = answer.body, UNHANDLED
            course.healthy = answer.kind == "error"
            course.status = "failure" if course.healthy else "error"
            course.error_type = json.loads(answer.body).get("errorType")
        elif len(answer.body) > MOST_RESPONSE:
            told = f"Response payload size exceeded maximum allowed payload size ({MOST_RESPONSE} bytes)."
            course.fail("failure", "Function.ResponseSizeTooLarge", told)
            course.healthy = True
        else:
            course.payload, course.healthy = answer.body, True

    def _finish(
        self, environment: Environment, invocation: Invocation, begun: float, course: _Course
    ) -> None:
        function, request_id = invocation.function, invocation.request_id
        took = (time.monotonic() - begun) * 1000
        used = math.ceil(environment.process.most_memory_kib / 1024)
        if course.healthy:
            self._environments.give_back(environment)
        else:
            environment.process.close()
        measured = report.Measured(took, course.init_ms, used, course.status, course.error_type)
        for line in report.ended(function, request_id, measured):
            course.lines.add(line)
        self._journal.write(function, environment.stream, course.lines)
        self._tell(function.name, took, course.error is not None, False)
