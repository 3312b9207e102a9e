"""An alarm: its configuration, its state, and its datapoints."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.cloudwatch import evaluation, queries, statistics
from s_infra.sandbox.services.cloudwatch.evaluation import Datapoint, Rule, Verdict
from s_infra.sandbox.services.cloudwatch.expressions import Grid
from s_infra.sandbox.services.cloudwatch.queries import Query
from s_infra.sandbox.services.cloudwatch.store import Metric, Store, metric_of

if TYPE_CHECKING:
    from collections.abc import Mapping

# Fields of the request that DescribeAlarms gives back as they came.
CONFIGURED = (
    *("AlarmName", "AlarmDescription", "OKActions", "AlarmActions", "InsufficientDataActions", "MetricName"),
    *("Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit", "EvaluationPeriods"),
    *("DatapointsToAlarm", "Threshold", "ComparisonOperator", "TreatMissingData"),
    *("EvaluateLowSampleCountPercentile", "Metrics"),
)
STEP_S, FAST_STEP_S = 60, 10


@dataclass
class State:
    """A state, since when it is so (`changed_at`), and when it was last written."""

    value: str
    reason: str
    reason_data: str
    updated_at: float
    changed_at: float


@dataclass
class Alarm:
    """A metric alarm. `asleep`: nothing changes before a value comes."""

    arn: str
    given: dict[str, Any]
    configured_at: float
    state: State
    actions_enabled: bool = True
    asleep: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        self.configure(self.given)

    def configure(self, given: Mapping[str, Any]) -> None:
        """Take a configuration in the place of the one before; the state stays."""
        self.given = dict(given)
        self.queries, self.watched = _queries(given)
        self.period = queries.period_of(self.queries[self.watched], self.queries)
        self.metrics = {one.metric for one in self.queries.values() if one.metric is not None}
        watched = self.queries[self.watched]
        ignoring = given.get("EvaluateLowSampleCountPercentile") == "ignore"
        self.rule = Rule(
            comparison=given["ComparisonOperator"],
            threshold=given["Threshold"],
            periods=given["EvaluationPeriods"],
            needed=given.get("DatapointsToAlarm") or given["EvaluationPeriods"],
            missing=given.get("TreatMissingData", "missing"),
            fewest=evaluation.samples_needed(watched.stat) if ignoring else 0.0,
        )
        self.asleep = False

    @property
    def name(self) -> str:
        """The alarm's name."""
        return str(self.given["AlarmName"])

    @property
    def step(self) -> int:
        """How often it is evaluated, in seconds."""
        return FAST_STEP_S if self.period < STEP_S else STEP_S

    def grid(self, moment: float) -> Grid:
        """Return the evaluation range at a moment: whole periods, the newest one just over."""
        end = int(moment // self.step * self.step)
        count = self.rule.periods + evaluation.EXTRA_PERIODS
        return Grid(end - count * self.period, self.period, count)

    def judged(self, store: Store, moment: float) -> Verdict | None:
        """Return the verdict at a moment; None: the state stays."""
        grid = self.grid(moment)
        points = self.datapoints(store, grid)
        # In this order: a value that comes meanwhile wakes it after it was put to sleep, or is seen here.
        self.asleep = True
        if any(store.any_since(metric, grid.start) for metric in self.metrics):
            self.asleep = False
        return evaluation.verdict(self.rule, points)

    def datapoints(self, store: Store, grid: Grid) -> list[Datapoint]:
        """Return a datapoint for each period of the range, newest first."""
        watched = self.queries[self.watched]
        if watched.metric is not None:
            found = queries.samples(store, watched.metric, watched.unit, grid)
            return [
                Datapoint(time, statistics.value(watched.stat, found[time]), found[time].count)
                if time in found
                else Datapoint(time, None)
                for time in reversed(grid.times)
            ]
        value = queries.Evaluation(store, self.queries, grid).value(self.watched)
        series = value[0] if isinstance(value, list) and len(value) == 1 else value
        values = series if isinstance(series, dict) else {}
        return [Datapoint(time, values.get(time)) for time in reversed(grid.times)]

    def reason_data(self, verdict: Verdict, moment: float) -> str:
        """Return the StateReasonData of a verdict."""
        known = [point for point in verdict.evaluated if point.value is not None]
        watched = self.queries[self.watched]
        data: dict[str, Any] = {"version": "1.0", "queryDate": stamp(moment)}
        if known:
            data["startDate"] = stamp(known[-1].time)
        if watched.unit:
            data["unit"] = watched.unit
        if watched.stat:
            data["statistic"] = watched.stat
        data |= {
            "period": self.period,
            "recentDatapoints": [point.value for point in reversed(known)],
            "threshold": self.rule.threshold,
            "evaluatedDatapoints": [_evaluated(point) for point in verdict.evaluated],
        }
        return json.dumps(data, separators=(",", ":"))

    def described(self) -> dict[str, Any]:
        """Return it as DescribeAlarms does."""
        lists: dict[str, Any] = {
            "OKActions": [],
            "AlarmActions": [],
            "InsufficientDataActions": [],
            **({} if "Metrics" in self.given else {"Dimensions": []}),
        }
        return {
            **lists,
            **{name: self.given[name] for name in CONFIGURED if name in self.given},
            "AlarmArn": self.arn,
            "AlarmConfigurationUpdatedTimestamp": self.configured_at,
            "ActionsEnabled": self.actions_enabled,
            "StateValue": self.state.value,
            "StateReason": self.state.reason,
            **({"StateReasonData": self.state.reason_data} if self.state.reason_data else {}),
            "StateUpdatedTimestamp": self.state.updated_at,
            "StateTransitionedTimestamp": self.state.changed_at,
        }


def stamp(moment: float) -> str:
    """Return a moment as alarms' messages write it: `2026-11-21T16:00:00.000+0000`."""
    text = datetime.fromtimestamp(math.floor(moment * 1000) / 1000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "+0000")


def _evaluated(point: Datapoint) -> dict[str, Any]:
    shown: dict[str, Any] = {"timestamp": stamp(point.time)}
    if point.samples is not None:
        shown["sampleCount"] = point.samples
    return shown if point.value is None else {**shown, "value": point.value}


def _queries(given: Mapping[str, Any]) -> tuple[dict[str, Query], str]:
    if given.get("Metrics"):
        found = queries.read(given["Metrics"], "PutMetricAlarm")
        return found, next((one.id for one in found.values() if one.returned), next(iter(found)))
    stat = given.get("Statistic") or given["ExtendedStatistic"]
    metric: Metric = metric_of(given)
    return {"m1": Query("m1", None, True, given["Period"], metric, stat, given.get("Unit"))}, "m1"
