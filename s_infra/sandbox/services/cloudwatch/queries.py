"""Queries of metric data: a metric's statistic or an expression over others; alarms use them, too."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.cloudwatch import expressions, statistics
from s_infra.sandbox.services.cloudwatch.errors import bad_combination, not_carried_out, validation
from s_infra.sandbox.services.cloudwatch.expressions import Grid, Scope, Series, Value
from s_infra.sandbox.services.cloudwatch.store import Metric, Sample, Store, metric_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

IDENTIFIER = re.compile(r"[a-z][a-zA-Z0-9_]*")


@dataclass(frozen=True)
class Query:
    """One element of MetricDataQueries: either `metric` with `stat`, or `expression`."""

    id: str
    label: str | None
    returned: bool
    period: int | None
    metric: Metric | None = None
    stat: str = ""
    unit: str | None = None
    expression: str = ""


@dataclass
class Evaluation:
    """The queries of one request over one time range; each is computed once."""

    store: Store
    queries: Mapping[str, Query]
    grid: Grid
    _found: dict[str, Value] = field(default_factory=dict)
    _under_way: set[str] = field(default_factory=set)

    def value(self, name: str) -> Value:
        """Return what the query of that id comes to.

        Raises:
            CloudWatchError: nothing has that id, or the expressions name each other in a circle.
        """
        if name not in self.queries:
            raise validation(f"Error in expression: '{name}' is no id of this request")
        if name in self._under_way:
            raise validation(f"Error in expression '{name}': Expressions refer to each other in a circle")
        if name not in self._found:
            self._under_way.add(name)
            self._found[name] = self._computed(self.queries[name])
            self._under_way.discard(name)
        return self._found[name]

    def _computed(self, query: Query) -> Value:
        if query.metric is not None:
            return statistic(self.store, query.metric, query.stat, query.unit, self.grid)
        metrics = {
            one.id: (lambda one=one: _as_series(self.value(one.id)))
            for one in self.queries.values()
            if one.metric is not None
        }
        tree = expressions.parsed(query.expression)
        return expressions.evaluated(tree, Scope(self.value, metrics, self.grid))


def read(given: Sequence[Mapping[str, Any]], operation: str) -> dict[str, Query]:
    """Return the queries of a request by their ids.

    Raises:
        CloudWatchError: one isn't well formed, or asks for what isn't carried out.
    """
    found: dict[str, Query] = {}
    for one in given:
        query = _read(one, operation)
        if query.id in found:
            raise validation(f"The values for parameter id in MetricDataQueries are not unique: {query.id}")
        found[query.id] = query
    for query in found.values():
        if query.expression:
            tree = expressions.parsed(query.expression)
            for name in expressions.names(tree) - found.keys():
                raise validation(f"Error in expression '{query.id}': Unrecognized id {name}")
    return found


def period_of(query: Query, queries: Mapping[str, Query]) -> int:
    """Return a query's period in seconds; an expression's is the longest of the metrics, if it has none."""
    own = query.period
    return (
        own or max((one.period or 0 for one in queries.values() if one.metric is not None), default=60) or 60
    )


def statistic(store: Store, metric: Metric, stat: str, unit: str | None, grid: Grid) -> Series:
    """Return a metric's statistic in each period that has one; without `unit` of all units together."""
    found = {}
    for time, sample in samples(store, metric, unit, grid).items():
        number = statistics.value(stat, sample)
        if number is not None:
            found[time] = number
    return found


def samples(store: Store, metric: Metric, unit: str | None, grid: Grid) -> dict[int, Sample]:
    """Return what was published in each period that has something."""
    found: dict[int, Sample] = {}
    end = grid.start + grid.count * grid.period
    for time, own, sample in store.between(metric, grid.start, end):
        if unit in (None, own):
            start = grid.start + (time - grid.start) // grid.period * grid.period
            found.setdefault(start, Sample()).add(sample)
    return found


def check_period(period: int) -> None:
    """Refuse a period that CloudWatch doesn't know.

    Raises:
        CloudWatchError: it is neither 1, 5, 10, 20, 30 nor a multiple of 60.
    """
    if period not in (1, 5, 10, 20, 30) and period % 60:
        raise validation(f"The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60, not {period}.")


def _read(given: Mapping[str, Any], operation: str) -> Query:
    name, stat, expression = given["Id"], given.get("MetricStat"), given.get("Expression", "")
    if IDENTIFIER.fullmatch(name) is None:
        raise validation(
            f"The value {name} for parameter Id must start with a lowercase letter and contain only letters, "
            "numbers and underscores."
        )
    if bool(stat) == bool(expression):
        raise bad_combination(f"Exactly one of MetricStat and Expression must be given for {name}.")
    if given.get("AccountId"):
        raise not_carried_out(f"{operation} AccountId")
    label = given.get("Label")
    if label and "${" in label:
        raise not_carried_out(f"{operation} Label ${{…}}")
    returned = given.get("ReturnData", True)
    if not stat:
        if given.get("Period"):
            check_period(given["Period"])
        return Query(name, label, returned, given.get("Period"), expression=expression)
    check_period(stat["Period"])
    if not statistics.is_carried(stat["Stat"]):
        raise not_carried_out(f"{operation} Stat {stat['Stat']}")
    if not stat["Metric"].get("MetricName") or not stat["Metric"].get("Namespace"):
        raise validation(f"The metric of {name} needs a Namespace and a MetricName.")
    metric = metric_of(stat["Metric"])
    return Query(name, label, returned, stat["Period"], metric, stat["Stat"], stat.get("Unit"))


def _as_series(value: Value) -> Series:
    if not isinstance(value, dict):
        raise validation("Error in expression: METRICS() holds time series")
    return value
