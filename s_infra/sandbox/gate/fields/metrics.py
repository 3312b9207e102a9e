"""CloudWatch metrics: what training jobs need of them, as far as the base does it as AWS does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

STATISTICS = frozenset({"Average", "Maximum", "Minimum", "SampleCount", "Sum"})


def _statistics(given: Mapping[str, Any]) -> str | None:
    if "Statistics" not in given:
        return "in this protocol, or without Statistics"
    return _metric(given, given)


def _metric_data(given: Mapping[str, Any]) -> str | None:
    if "MetricDataQueries" not in given:
        return "in this protocol"
    if given.get("ScanBy") != "TimestampAscending":
        return f"ScanBy {given.get('ScanBy', 'TimestampDescending')}"
    if other := sorted(set(given) - {"MetricDataQueries", "ScanBy", "StartTime", "EndTime"}):
        return other[0]
    for query in given["MetricDataQueries"]:
        stat = query.get("MetricStat")
        if stat is None:
            return "MetricDataQueries.Expression"
        if stat.get("Stat") not in STATISTICS:
            return f"MetricDataQueries.MetricStat.Stat {stat.get('Stat')}"
        if problem := _metric(stat.get("Metric", {}), stat):
            return f"MetricDataQueries.MetricStat {problem}"
    return None


def _metric(metric: Mapping[str, Any], options: Mapping[str, Any]) -> str | None:
    # Without dimensions the base adds up all metrics of the name; AWS means the one that has none.
    if not metric.get("Dimensions"):
        return "without Dimensions"
    return next((field for field in ("Unit", "ExtendedStatistics") if options.get(field)), None)


def _put_metrics(given: Mapping[str, Any]) -> str | None:
    if "MetricData" not in given:
        return "in this protocol, or EntityMetricData"
    return next((field for field in ("EntityMetricData", "StrictEntityValidation") if given.get(field)), None)


def _metrics_listed(given: Mapping[str, Any]) -> str | None:
    fields = ("RecentlyActive", "IncludeLinkedAccounts", "OwningAccount")
    if set(given) - {"Namespace", "MetricName", "Dimensions", "NextToken", *fields}:
        return "in this protocol"
    return next((field for field in fields if given.get(field)), None)


CHECKS = {
    "GetMetricData": _metric_data,
    "GetMetricStatistics": _statistics,
    "ListMetrics": _metrics_listed,
    "PutMetricData": _put_metrics,
}
