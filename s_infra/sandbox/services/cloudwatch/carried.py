"""The operations that are carried out, and the fields of each; every other one is refused by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.cloudwatch import alarms, dashboards, metrics
from s_infra.sandbox.services.cloudwatch.alarm import CONFIGURED
from s_infra.sandbox.services.cloudwatch.errors import not_carried_out

if TYPE_CHECKING:
    from s_infra.sandbox.services.cloudwatch.service import CloudWatch

Fields = Mapping[str, Any]
OPERATIONS: Mapping[str, Callable[[CloudWatch, Fields], Fields]] = {
    "DeleteAlarms": alarms.delete,
    "DeleteDashboards": dashboards.delete,
    "DescribeAlarmHistory": alarms.history,
    "DescribeAlarms": alarms.describe,
    "DescribeAlarmsForMetric": alarms.describe_for_metric,
    "DisableAlarmActions": alarms.disable,
    "EnableAlarmActions": alarms.enable,
    "GetDashboard": dashboards.get,
    "GetMetricData": metrics.data,
    "GetMetricStatistics": metrics.statistics_of,
    "ListDashboards": dashboards.list_dashboards,
    "ListMetrics": metrics.list_metrics,
    "ListTagsForResource": alarms.list_tags,
    "PutDashboard": dashboards.put,
    "PutMetricAlarm": alarms.put,
    "PutMetricData": metrics.put,
    "SetAlarmState": alarms.set_state,
    "TagResource": alarms.tag,
    "UntagResource": alarms.untag,
}
# Of these operations no other field; the rest take all that the model has.
FIELDS: Mapping[str, frozenset[str]] = {
    "GetMetricData": frozenset(
        {"MetricDataQueries", "StartTime", "EndTime", "NextToken", "ScanBy", "MaxDatapoints", "LabelOptions"}
    ),
    "ListMetrics": frozenset({"Namespace", "MetricName", "Dimensions", "NextToken", "RecentlyActive"}),
    "PutDashboard": frozenset({"DashboardName", "DashboardBody"}),
    "PutMetricAlarm": frozenset({*CONFIGURED, "ActionsEnabled", "Tags"}),
    "PutMetricData": frozenset({"Namespace", "MetricData"}),
}
# The default is what happens anyway, so that naming it asks for nothing more.
DEFAULTS = {
    ("PutMetricAlarm", "EvaluationWindow"): {"SlidingWindow": {}},
    ("ListMetrics", "IncludeLinkedAccounts"): False,
}
DEFAULTS |= {("PutMetricData", "StrictEntityValidation"): False}


def check(operation: str, request: Fields) -> None:
    """Refuse what isn't carried out.

    Raises:
        CloudWatchError: the operation or a field.
    """
    if operation not in OPERATIONS:
        raise not_carried_out(operation)
    carried = FIELDS.get(operation)
    for field in sorted(set(request) - carried) if carried else ():
        if request[field] != DEFAULTS.get((operation, field), []):
            raise not_carried_out(f"{operation} {field}")
