"""EventBridge's own scheduled rules: the base keeps them, the sandbox's clock fires them."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.clock import Appointment, Fired
from s_infra.sandbox.services.schedules import expressions
from s_infra.sandbox.services.schedules.expressions import At, InvalidError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from s_infra.sandbox.base import Base, Handler, Response

CHANGING = ("PutRule", "DeleteRule", "EnableRule", "DisableRule")
Key = tuple[str, ...]


def install(base: Base) -> None:
    """Fire them."""
    rules = Rules(base)
    # The base looks every ten seconds, by the machine's clock.
    base.module("eventbridge")._tick_scheduled_rules = _nothing
    base.wrap_service("events", lambda inner: rules.before(inner))
    # After the base has taken up what it kept.
    base.clock.at(0, lambda _: rules.look())


class Rules:
    """The scheduled rules and when each is due."""

    def __init__(self, base: Base) -> None:
        self._base, self._events = base, base.module("eventbridge")
        self._due: dict[Key, tuple[str, Appointment]] = {}

    def before(self, inner: Handler) -> Handler:
        """Return the base's handler, with a look at the rules after each change."""

        async def handle(
            method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
        ) -> Response:
            operation = headers.get("x-amz-target", "").rpartition(".")[2]
            if operation == "PutRule" and (problem := _problem(body)) is not None:
                content = json.dumps({"__type": "ValidationException", "message": problem}).encode()
                return 400, {"Content-Type": "application/x-amz-json-1.1"}, content
            answer = await inner(method, path, headers, body, query)
            if operation in CHANGING and answer[0] == 200:
                self.look()
            return answer

        return handle

    def look(self) -> tuple[Fired, ...]:
        """Have each enabled rule fire when it is due, and no other."""
        present = {
            key: str(rule["ScheduleExpression"])
            for key, rule in list(self._events._rules._data.items())
            if rule.get("ScheduleExpression") and rule.get("State") == "ENABLED"
        }
        for key, (text, appointment) in list(self._due.items()):
            if present.get(key) != text:
                appointment.cancel()
                del self._due[key]
        for key, text in present.items():
            if key not in self._due:
                # A rate counts from here on.
                now = self._base.clock.now()
                self._appoint(key, text, now, now)
        return ()

    def _appoint(self, key: Key, text: str, start: float, after: float) -> None:
        moment = expressions.parsed(text).next(after, start)
        if moment is not None:
            work = self._base.clock.at(moment, lambda due: self._fire(key, text, start, due))
            self._due[key] = (text, work)

    def _fire(self, key: Key, text: str, start: float, moment: float) -> Iterator[Fired]:
        self._appoint(key, text, start, moment)
        rule = self._events._rules._data.get(key)
        if rule is None:
            return
        event = {
            "EventId": str(uuid.uuid4()),
            "Source": "aws.events",
            "DetailType": "Scheduled Event",
            "Detail": "{}",
            "EventBusName": rule.get("EventBusName", "default"),
            "Time": moment,
            "Resources": [rule["Arn"]],
            "Account": self._base.account_id,
            "Region": self._base.region,
        }
        for target in list(self._events._targets._data.get(key, ())):
            self._events._invoke_target(target, event, rule)
            yield Fired(moment, "rule", str(rule["Name"]), str(target["Arn"]))


def _problem(body: bytes) -> str | None:
    try:
        given: Mapping[str, Any] = json.loads(body or b"{}")
        text = given.get("ScheduleExpression")
        found = expressions.parsed(text) if text else None
    except InvalidError:
        return "Parameter ScheduleExpression is not valid."
    except ValueError:
        return None
    return "Parameter ScheduleExpression is not valid." if isinstance(found, At) else None


def _nothing() -> None:
    return None
