"""Operations on metrics: put, list, and their statistics."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.cloudwatch import queries, statistics
from s_infra.sandbox.services.cloudwatch.errors import (
    bad_combination,
    bad_token,
    bad_value,
    missing,
    not_carried_out,
    validation,
)
from s_infra.sandbox.services.cloudwatch.expressions import Grid
from s_infra.sandbox.services.cloudwatch.paging import page
from s_infra.sandbox.services.cloudwatch.store import MINUTE, Metric, Sample, metric_of

if TYPE_CHECKING:
    from s_infra.sandbox.services.cloudwatch.queries import Query
    from s_infra.sandbox.services.cloudwatch.service import CloudWatch

Fields = Mapping[str, Any]
MOST_DATA = 1000
MOST_VALUES = 150
LARGEST = 2.0**360
DAY_S = 86400
OLDEST_S, NEWEST_S = 14 * DAY_S, 2 * 3600
MOST_POINTS = 1440
MOST_POINTS_OF_DATA = 100_800
MOST_QUERIES = 500
LISTED = 500
LISTED_FOR_S = 14 * DAY_S


def put(service: CloudWatch, given: Fields) -> Fields:
    """PutMetricData: all of it or nothing."""
    data = given.get("MetricData") or ()
    if not data:
        raise missing("The parameter MetricData is required.")
    if len(data) > MOST_DATA:
        raise bad_value(f"The collection MetricData must not have a size greater than {MOST_DATA}.")
    now = service.clock.now()
    ready = []
    for number, datum in enumerate(data, start=1):
        name = f"MetricData.member.{number}"
        moment = datum.get("Timestamp", now)
        if not now - OLDEST_S <= moment <= now + NEWEST_S:
            when = "more than two hours in the future" if moment > now else "more than two weeks in the past"
            raise bad_value(f"The parameter {name}.Timestamp must not be {when}.")
        step = datum.get("StorageResolution", MINUTE)
        if step not in (1, MINUTE):
            raise bad_value(f"The parameter {name}.StorageResolution must be 1 or 60.")
        metric = metric_of({**datum, "Namespace": given["Namespace"]})
        if len(dict(metric.dimensions)) != len(metric.dimensions):
            raise bad_value(f"The parameter {name}.Dimensions names a dimension twice.")
        ready.append((metric, moment, datum.get("Unit", "None"), _sample(datum, name), step))
    for metric, moment, unit, sample, step in ready:
        service.take(metric, moment, unit, sample, step=step)
    return {}


def _sample(datum: Fields, name: str) -> Sample:
    given = [field for field in ("Value", "StatisticValues", "Values") if datum.get(field) is not None]
    if len(given) > 1:
        both = f"{name}.{given[0]} and {name}.{given[1]}"
        raise bad_combination(f"The parameters {both} are mutually exclusive and you have specified both.")
    if not given:
        raise missing(
            f"At least one of the parameters {name}.Value, {name}.StatisticValues must be specified."
        )
    if given == ["Value"]:
        number = _checked(datum["Value"], f"{name}.Value")
        return Sample(1.0, number, number, number, {number: 1.0})
    if given == ["StatisticValues"]:
        return _of_statistics(datum["StatisticValues"], f"{name}.StatisticValues")
    numbers, counts = datum["Values"], datum.get("Counts") or [1.0] * len(datum["Values"])
    if len(numbers) != len(counts):
        raise bad_value(f"The parameters {name}.Values and {name}.Counts must be of the same size.")
    if not 0 < len(numbers) <= MOST_VALUES:
        raise bad_value(f"The collection {name}.Values must have 1 to {MOST_VALUES} elements.")
    sample = Sample()
    for number, count in zip(numbers, counts, strict=True):
        one, times = _checked(number, f"{name}.Values"), _checked(count, f"{name}.Counts")
        if times <= 0:
            raise bad_value(f"The parameter {name}.Counts must be greater than 0.")
        sample.add(Sample(times, one * times, one, one, {one: times}))
    return sample


def _of_statistics(given: Fields, name: str) -> Sample:
    count, total, low, high = (
        _checked(given[field], f"{name}.{field}") for field in ("SampleCount", "Sum", "Minimum", "Maximum")
    )
    if count <= 0:
        raise bad_value(f"The parameter {name}.SampleCount must be greater than 0.")
    if low > high:
        raise bad_value(f"The parameter {name}.Maximum must be greater than {name}.Minimum.")
    return Sample(count, total, low, high, {low: count} if low == high else None)


def _checked(number: float, name: str) -> float:
    if not math.isfinite(number):
        raise bad_value(f"The value {number} for parameter {name} is invalid.")
    if abs(number) > LARGEST:
        raise bad_value(f"The value {number} for parameter {name} is out of range.")
    return float(number)


def list_metrics(service: CloudWatch, given: Fields) -> Fields:
    """ListMetrics: those that got a value in the last two weeks, or in the last three hours."""
    recent = given.get("RecentlyActive")
    if recent not in (None, "PT3H"):
        raise bad_value(f"The value {recent} for parameter RecentlyActive must be PT3H.")
    since = service.clock.now() - (3 * 3600 if recent else LISTED_FOR_S)
    wanted = [(one["Name"], one.get("Value")) for one in given.get("Dimensions") or ()]
    found = [
        metric.described()
        for metric in service.store.metrics()
        if given.get("Namespace") in (None, metric.namespace)
        and given.get("MetricName") in (None, metric.name)
        and _has(metric, wanted)
        and service.store.heard(metric) >= since
    ]
    return page("Metrics", found, given.get("NextToken"), LISTED)


def _has(metric: Metric, wanted: list[tuple[str, str | None]]) -> bool:
    own = dict(metric.dimensions)
    return all(name in own and value in (None, own[name]) for name, value in wanted)


def statistics_of(service: CloudWatch, given: Fields) -> Fields:
    """GetMetricStatistics: a datapoint for each period and unit."""
    names = [*(given.get("Statistics") or ()), *(given.get("ExtendedStatistics") or ())]
    if not names:
        raise missing("At least one of the parameters Statistics and ExtendedStatistics must be specified.")
    if given.get("Statistics") and given.get("ExtendedStatistics"):
        raise bad_combination("Statistics and ExtendedStatistics can't be given both.")
    for name in names:
        if not statistics.is_carried(name):
            raise not_carried_out(f"GetMetricStatistics ExtendedStatistics {name}")
    queries.check_period(given["Period"])
    grid = grid_of(given["StartTime"], given["EndTime"], given["Period"])
    if grid.count > MOST_POINTS:
        raise bad_combination(
            f"You have requested up to {grid.count} datapoints, which exceeds the limit of {MOST_POINTS}. "
            "You may reduce the datapoints requested by increasing Period, or decreasing the time range."
        )
    metric = metric_of(given)
    end = grid.start + grid.count * grid.period
    found: dict[tuple[int, str], Sample] = {}
    for time, unit, sample in service.store.between(metric, grid.start, end):
        if given.get("Unit") in (None, unit):
            start = grid.start + (time - grid.start) // grid.period * grid.period
            found.setdefault((start, unit), Sample()).add(sample)
    points = [_point(time, unit, sample, names) for (time, unit), sample in found.items()]
    return {"Label": metric.name, "Datapoints": points}


def _point(time: int, unit: str, sample: Sample, names: list[str]) -> dict[str, Any]:
    point: dict[str, Any] = {"Timestamp": float(time), "Unit": unit}
    for name in names:
        number = statistics.value(name, sample)
        if name in statistics.BASIC:
            point[name] = number
        elif number is not None:
            point.setdefault("ExtendedStatistics", {})[name] = number
    return point


def grid_of(start: float, end: float, period: int) -> Grid:
    """Return the periods of a time range; its start is rounded down to a period's.

    Raises:
        CloudWatchError: the range is empty.
    """
    if start >= end:
        raise validation("The parameter StartTime must be less than the parameter EndTime.")
    first = int(start // period * period)
    return Grid(first, period, math.ceil((end - first) / period))


def data(service: CloudWatch, given: Fields) -> Fields:
    """GetMetricData: metrics' statistics and expressions, newest first unless told otherwise."""
    asked = given["MetricDataQueries"]
    if len(asked) > MOST_QUERIES:
        raise validation(
            f"The collection MetricDataQueries must not have a size greater than {MOST_QUERIES}."
        )
    found = queries.read(asked, "GetMetricData")
    most = given.get("MaxDatapoints") or MOST_POINTS_OF_DATA
    if not 1 <= most <= MOST_POINTS_OF_DATA:
        raise validation(f"The parameter MaxDatapoints must be from 1 to {MOST_POINTS_OF_DATA}.")
    newest_first = given.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    results = [
        (query.id, label, sorted(series.items(), reverse=newest_first))
        for query in found.values()
        if query.returned
        for label, series in _results(service, query, found, given)
    ]
    return _paged(results, given.get("NextToken"), most)


def _results(
    service: CloudWatch, query: Query, found: Mapping[str, Query], given: Fields
) -> list[tuple[str, dict[int, float]]]:
    grid = grid_of(given["StartTime"], given["EndTime"], queries.period_of(query, found))
    value = queries.Evaluation(service.store, found, grid).value(query.id)
    label = query.label or (query.metric.name if query.metric else query.id)
    if isinstance(value, list):
        return [(label, one) for one in value]
    if not isinstance(value, dict):
        raise validation(f"Error in expression '{query.id}': it must be a time series or a list of them")
    return [(label, value)]


def _paged(
    results: list[tuple[str, str, list[tuple[int, float]]]], token: str | None, most: int
) -> dict[str, Any]:
    if token is not None and not token.isdigit():
        raise bad_token()
    skip, room = int(token or 0), most
    shown: list[dict[str, Any]] = []
    done = 0
    for name, label, points in results:
        mine = points[max(0, skip - done) : max(0, skip - done) + room]
        passed = done + len(points) <= skip and bool(points)
        done += len(points)
        if passed or (points and not mine):
            continue
        room -= len(mine)
        whole = not points or points[-1] == mine[-1]
        shown.append(
            {
                "Id": name,
                "Label": label,
                "Timestamps": [float(time) for time, _ in mine],
                "Values": [number for _, number in mine],
                "StatusCode": "Complete" if whole else "PartialData",
            }
        )
    answer: dict[str, Any] = {"MetricDataResults": shown, "Messages": []}
    if skip + most < done:
        answer["NextToken"] = str(skip + most)
    return answer
