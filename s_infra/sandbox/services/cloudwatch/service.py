"""CloudWatch's state, and the alarms' life in time."""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.clock import Appointment, Fired
from s_infra.sandbox.services.cloudwatch import messages
from s_infra.sandbox.services.cloudwatch.actions import Actions
from s_infra.sandbox.services.cloudwatch.alarm import STEP_S, Alarm, State
from s_infra.sandbox.services.cloudwatch.store import MINUTE, Metric, Sample, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from s_infra.sandbox.base import Base

HISTORY_KEPT = 10_000
STATE_CHANGE, CONFIGURATION_CHANGE = "CloudWatch Alarm State Change", "CloudWatch Alarm Configuration Change"


class CloudWatch:
    """Metrics, alarms and dashboards of one sandbox. `each_minute` is called before alarms are evaluated."""

    def __init__(self, base: Base) -> None:
        self.base, self.clock = base, base.clock
        self.store = Store()
        self.alarms: dict[str, Alarm] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.dashboards: dict[str, dict[str, Any]] = {}
        self.history: deque[dict[str, Any]] = deque(maxlen=HISTORY_KEPT)
        self.each_minute: list[Callable[[float], None]] = []
        self._actions = Actions(base)
        self._put_event = base.put_aws_event("aws.cloudwatch")
        # An alarm's state is changed by one at a time: by a request or by the clock.
        self._lock = threading.RLock()
        self._waiting: Appointment | None = None
        self._wait(self.clock.now())

    def take(self, metric: Metric, moment: float, unit: str, sample: Sample, *, step: int = MINUTE) -> None:
        """Take a sample of a metric, and wake the alarms that watch it."""
        self.store.put(metric, moment, unit, sample, now=self.clock.now(), step=step)
        for alarm in list(self.alarms.values()):
            if alarm.asleep and metric in alarm.metrics:
                alarm.asleep = False

    def enter(self, alarm: Alarm, value: str, reason: str, data: str, moment: float) -> bool:
        """Put an alarm into a state, telling everybody if it's another one; return whether it is."""
        with self._lock:
            before = replace(alarm.state)
            changed = before.value != value
            since = moment if changed else before.changed_at
            alarm.state = State(value, reason, data, moment, since)
        if changed:
            self._tell(alarm, before, moment)
        return changed

    def configured(self, alarm: Alarm, operation: str) -> None:
        """Tell that an alarm was created, updated or deleted."""
        if alarm.step < STEP_S:
            self._wait(self.clock.now())
        words = {"create": "created", "update": "updated", "delete": "deleted"}[operation]
        data = {"version": "1.0", "type": operation.capitalize(), f"{words}Alarm": alarm.described()}
        summary = f'Alarm "{alarm.name}" {words}'
        self._note(alarm, "ConfigurationUpdate", summary, data, self.clock.now())
        self._put_event(CONFIGURATION_CHANGE, messages.configuration_change(alarm, operation), alarm.arn)

    def forget(self) -> None:
        """Forget everything."""
        self.store.clear()
        for table in (self.alarms, self.tags, self.dashboards, self.history):
            table.clear()

    def dump(self) -> dict[str, Any]:
        """Return everything as JSON can hold it."""
        fields = ("arn", "given", "configured_at", "actions_enabled")
        alarms = [
            {**{name: getattr(alarm, name) for name in fields}, "state": asdict(alarm.state)}
            for alarm in self.alarms.values()
        ]
        kept = {"alarms": alarms, "tags": self.tags, "dashboards": self.dashboards}
        return {**kept, "history": list(self.history), "metrics": self.store.dump()}

    def restore(self, content: Mapping[str, Any]) -> None:
        """Take up what `dump` gave."""
        for one in content["alarms"]:
            alarm = Alarm(**{**one, "state": State(**one["state"])})
            self.alarms[alarm.name] = alarm
        self.tags.update(content["tags"])
        self.dashboards.update(content["dashboards"])
        self.history.extend(content["history"])
        self.store.restore(content["metrics"])
        self._wait(self.clock.now())

    def _wait(self, moment: float) -> None:
        with self._lock:
            step = min((alarm.step for alarm in list(self.alarms.values())), default=STEP_S)
            if self._waiting is not None:
                self._waiting.cancel()
            self._waiting = self.clock.at(moment // step * step + step, self._due)

    def _due(self, moment: float) -> Iterator[Fired]:
        self._wait(moment)
        if moment % STEP_S == 0:
            for work in self.each_minute:
                work(moment)
        for alarm in list(self.alarms.values()):
            if not alarm.asleep and moment % alarm.step == 0:
                yield from self._evaluate(alarm, moment)

    def _evaluate(self, alarm: Alarm, moment: float) -> Iterator[Fired]:
        before = alarm.state
        verdict = alarm.judged(self.store, moment)
        if verdict is None:
            return
        if verdict.state == before.value and not before.reason.startswith("Unchecked"):
            return
        data = alarm.reason_data(verdict, moment)
        if self.enter(alarm, verdict.state, verdict.reason, data, moment):
            yield Fired(moment, "alarm", alarm.name, f"{before.value} -> {verdict.state}: {verdict.reason}")

    def _tell(self, alarm: Alarm, before: State, moment: float) -> None:
        summary = f"Alarm updated from {before.value} to {alarm.state.value}"
        data = {"version": "1.0", "oldState": _state(before), "newState": _state(alarm.state)}
        self._note(alarm, "StateUpdate", summary, data, moment)
        self._put_event(STATE_CHANGE, messages.state_change(alarm, before), alarm.arn)
        for action, problem in self._actions.run(alarm, before):
            done = problem is None
            text = f"Successfully executed action {action}" if done else f"Failed to execute action {action}"
            result = {"actionState": "Succeeded" if done else "Failed", "notificationResource": action}
            error = {} if done else {"error": problem}
            self._note(
                alarm,
                "Action",
                text if done else f'{text}. Received error: "{problem}"',
                {**result, **error},
                moment,
            )

    def _note(self, alarm: Alarm, kind: str, summary: str, data: Mapping[str, Any], moment: float) -> None:
        self.history.append(
            {
                "AlarmName": alarm.name,
                "AlarmType": "MetricAlarm",
                "Timestamp": moment,
                "HistoryItemType": kind,
                "HistorySummary": summary,
                "HistoryData": json.dumps(data),
            }
        )


def _state(state: State) -> dict[str, Any]:
    shown: dict[str, Any] = {"stateValue": state.value, "stateReason": state.reason}
    return {**shown, "stateReasonData": json.loads(state.reason_data)} if state.reason_data else shown
