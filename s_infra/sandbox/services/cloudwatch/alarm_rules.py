"""What PutMetricAlarm takes; the rest is AWS's error or, where it isn't carried out here, a refusal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from s_infra.sandbox.services.cloudwatch import queries, statistics
from s_infra.sandbox.services.cloudwatch.errors import (
    bad_combination,
    missing,
    not_carried_out,
    validation,
)
from s_infra.sandbox.services.cloudwatch.evaluation import COMPARISONS
from s_infra.sandbox.services.cloudwatch.expressions import Grid
from s_infra.sandbox.services.cloudwatch.store import Store

Fields = Mapping[str, Any]
OPERATION = "PutMetricAlarm"
OF_ONE_METRIC = (
    *("MetricName", "Namespace", "Dimensions", "Period", "Unit", "Statistic"),
    "ExtendedStatistic",
)
HOUR_S, DAY_S, WEEK_S = 3600, 86400, 604800
MISSING = ("breaching", "notBreaching", "ignore", "missing")
LOW_SAMPLES = ("evaluate", "ignore")
ACTIONS = ("OKActions", "AlarmActions", "InsufficientDataActions")
MOST_QUERIES = 20


def check(given: Fields, *, region: str, account: str) -> None:
    """Hold a request against the rules.

    Raises:
        CloudWatchError: it breaks one.
    """
    if re.search(r"[\x00-\x1f\x7f]", given["AlarmName"]):
        raise validation("AlarmName can't contain ASCII control characters")
    for field in ("ComparisonOperator", "EvaluationPeriods"):
        if given.get(field) is None:
            raise missing(f"The parameter {field} is required.")
    if given["ComparisonOperator"] not in COMPARISONS:
        raise not_carried_out(f"{OPERATION} ComparisonOperator {given['ComparisonOperator']}")
    if given.get("Threshold") is None:
        raise missing("The parameter Threshold is required.")
    _check_choices(given)
    for field in ACTIONS:
        for action in given.get(field) or ():
            _check_action(field, action, region, account)
    period = _check_metrics(given) if given.get("Metrics") else _check_metric(given)
    _check_range(given, period)


def _check_choices(given: Fields) -> None:
    for field, choices in (("TreatMissingData", MISSING), ("EvaluateLowSampleCountPercentile", LOW_SAMPLES)):
        if given.get(field) not in (None, *choices):
            raise validation(
                f"Invalid value '{given[field]}' for {field}. Valid values: {', '.join(choices)}"
            )
    low = given.get("EvaluateLowSampleCountPercentile")
    if low and not statistics.is_percentile(given.get("ExtendedStatistic") or ""):
        raise validation("Option 'EvaluateLowSampleCountPercentile' is only applicable to percentile metrics")
    needed, periods = given.get("DatapointsToAlarm"), given["EvaluationPeriods"]
    if needed is not None and needed > periods:
        raise validation("DatapointsToAlarm must be less than or equal to EvaluationPeriods")


def _check_action(field: str, action: str, region: str, account: str) -> None:
    parts = action.split(":")
    if len(parts) < 6 or parts[0] != "arn":
        raise validation(f"Invalid arn syntax: {action}")
    if parts[2] not in ("sns", "lambda"):
        raise not_carried_out(f"{OPERATION} {field} {':'.join(parts[:3])}")
    if parts[3] != region:
        raise validation(f"Invalid region {parts[3]} specified. Only {region} is supported.")
    if parts[4] != account:
        raise not_carried_out(f"{OPERATION} {field} of another account")


def _check_metric(given: Fields) -> int:
    for field in ("MetricName", "Namespace", "Period"):
        if given.get(field) is None:
            raise missing(f"The parameter {field} is required.")
    both = given.get("Statistic"), given.get("ExtendedStatistic")
    if all(both):
        raise bad_combination(
            "The parameters Statistic and ExtendedStatistic are mutually exclusive and you have specified "
            "both."
        )
    if not any(both):
        raise missing("Either Statistic or ExtendedStatistic must be specified.")
    if both[1] and not statistics.is_percentile(both[1]):
        raise not_carried_out(f"{OPERATION} ExtendedStatistic {both[1]}")
    return int(given["Period"])


def _check_metrics(given: Fields) -> int:
    for field in OF_ONE_METRIC:
        if given.get(field):
            raise bad_combination(f"The parameters Metrics and {field} are mutually exclusive.")
    if len(given["Metrics"]) > MOST_QUERIES:
        raise validation(f"The collection Metrics must not have a size greater than {MOST_QUERIES}.")
    found = queries.read(given["Metrics"], OPERATION)
    returned = [one for one in found.values() if one.returned]
    if len(returned) != 1:
        raise validation("Exactly one element of the metrics list should return data.")
    periods = {one.period for one in found.values() if one.metric is not None}
    if not periods:
        raise validation("At least one element of the metrics list must be a metric.")
    if len(periods) > 1:
        raise validation("All metrics of the metrics list must have the same period.")
    period = periods.pop() or 60
    # On no data an expression fails, or comes to something other than a series, as on any.
    value = queries.Evaluation(Store(), found, Grid(0, period, 1)).value(returned[0].id)
    if not isinstance(value, dict) and not (isinstance(value, list) and len(value) == 1):
        raise validation("The expression for an alarm must include a single time series as its result.")
    return period


def _check_range(given: Fields, period: int) -> None:
    if period not in (10, 20, 30) and (period < 60 or period % 60):
        raise validation("Period must be 10, 20, 30 or a multiple of 60")
    seconds = period * given["EvaluationPeriods"]
    if period < HOUR_S and seconds > DAY_S:
        raise validation(
            "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400)."
        )
    if seconds > WEEK_S:
        raise validation(
            "Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= "
            "604800)."
        )
