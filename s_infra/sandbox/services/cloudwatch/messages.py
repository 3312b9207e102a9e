"""What an alarm says when its state changes: to SNS, to Lambda and to EventBridge.

Sources: "Alarm events and EventBridge" and "Lambda alarm actions" in the CloudWatch user guide.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
import uuid
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.cloudwatch.alarm import Alarm, State, stamp

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_SUBJECT = 100


def subject(alarm: Alarm, region: str) -> str:
    """Return the subject of the notification."""
    return f'{alarm.state.value}: "{alarm.name}" in {region_name(region)}'[:LONGEST_SUBJECT]


def notification(alarm: Alarm, before: State, region: str, account: str) -> str:
    """Return the message that goes to a topic."""
    given = alarm.given
    message = {
        "AlarmName": alarm.name,
        "AlarmDescription": given.get("AlarmDescription"),
        "AWSAccountId": account,
        "AlarmConfigurationUpdatedTimestamp": stamp(alarm.configured_at),
        "NewStateValue": alarm.state.value,
        "NewStateReason": alarm.state.reason,
        "StateChangeTime": stamp(alarm.state.changed_at),
        "Region": region_name(region),
        "AlarmArn": alarm.arn,
        "OldStateValue": before.value,
        "OKActions": list(given.get("OKActions") or ()),
        "AlarmActions": list(given.get("AlarmActions") or ()),
        "InsufficientDataActions": list(given.get("InsufficientDataActions") or ()),
        "Trigger": _trigger(given),
    }
    return json.dumps(message)


def invocation(alarm: Alarm, before: State, region: str, account: str) -> str:
    """Return the event that a function gets."""
    data = {
        "alarmName": alarm.name,
        "state": _state(alarm.state),
        "previousState": _state(before),
        "configuration": _configuration(alarm),
    }
    event = {
        "source": "aws.cloudwatch",
        "alarmArn": alarm.arn,
        "accountId": account,
        "time": stamp(alarm.state.changed_at),
        "region": region,
        "alarmData": data,
    }
    return json.dumps(event)


def state_change(alarm: Alarm, before: State) -> dict[str, Any]:
    """Return the detail of "CloudWatch Alarm State Change"."""
    return {
        "alarmName": alarm.name,
        "configuration": _configuration(alarm),
        "previousState": _state(before),
        "state": _state(alarm.state),
    }


def configuration_change(alarm: Alarm, operation: str) -> dict[str, Any]:
    """Return the detail of "CloudWatch Alarm Configuration Change"."""
    given = alarm.given
    configuration = {
        "evaluationPeriods": given["EvaluationPeriods"],
        "threshold": given["Threshold"],
        "comparisonOperator": given["ComparisonOperator"],
        "treatMissingData": given.get("TreatMissingData", "missing"),
        **_configuration(alarm),
        "alarmName": alarm.name,
        "actionsEnabled": alarm.actions_enabled,
        "timestamp": stamp(alarm.configured_at),
        "okActions": list(given.get("OKActions") or ()),
        "alarmActions": list(given.get("AlarmActions") or ()),
        "insufficientDataActions": list(given.get("InsufficientDataActions") or ()),
    }
    return {
        "alarmName": alarm.name,
        "operation": operation,
        "state": _state(alarm.state),
        "configuration": configuration,
    }


@functools.cache
def region_name(region: str) -> str:
    """Return a Region's name as people read it."""
    import botocore.loaders

    partitions = botocore.loaders.Loader().load_data("endpoints")["partitions"]
    for partition in partitions:
        if region in partition["regions"]:
            return str(partition["regions"][region]["description"])
    return region


def _state(state: State) -> dict[str, Any]:
    shown = {"value": state.value, "reason": state.reason, "timestamp": stamp(state.changed_at)}
    return {**shown, "reasonData": state.reason_data} if state.reason_data else shown


def _configuration(alarm: Alarm) -> dict[str, Any]:
    given = alarm.given
    shown = {"metrics": _metrics(given)}
    return {"description": given["AlarmDescription"], **shown} if given.get("AlarmDescription") else shown


def _metrics(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    if given.get("Metrics"):
        return [_query(one) for one in given["Metrics"]]
    metric = {name: given[name] for name in ("Namespace", "MetricName", "Dimensions") if name in given}
    stat = {"Metric": metric, "Period": given["Period"], "Stat": _statistic(given), "Unit": given.get("Unit")}
    # The id is made up, and the same for the same alarm.
    digest = hashlib.sha256(given["AlarmName"].encode()).digest()[:16]
    return [_query({"Id": str(uuid.UUID(bytes=digest)), "MetricStat": stat, "ReturnData": True})]


def _query(one: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": one["Id"]}
    shown |= {name.lower(): one[name] for name in ("Expression", "Label", "Period") if one.get(name)}
    if stat := one.get("MetricStat"):
        dimensions = {each["Name"]: each["Value"] for each in stat["Metric"].get("Dimensions") or ()}
        metric = {
            "namespace": stat["Metric"]["Namespace"],
            "name": stat["Metric"]["MetricName"],
            "dimensions": dimensions,
        }
        shown["metricStat"] = {"metric": metric, "period": stat["Period"], "stat": stat["Stat"]}
        if stat.get("Unit"):
            shown["metricStat"]["unit"] = stat["Unit"]
    return {**shown, "returnData": one.get("ReturnData", True)}


def _statistic(given: Mapping[str, Any]) -> str:
    return str(given.get("Statistic") or given["ExtendedStatistic"])


def _trigger(given: Mapping[str, Any]) -> dict[str, Any]:
    rule = {
        "EvaluationPeriods": given["EvaluationPeriods"],
        "DatapointsToAlarm": given.get("DatapointsToAlarm") or given["EvaluationPeriods"],
        "ComparisonOperator": given["ComparisonOperator"],
        "Threshold": given["Threshold"],
        "TreatMissingData": given.get("TreatMissingData", "missing"),
        "EvaluateLowSampleCountPercentile": given.get("EvaluateLowSampleCountPercentile", ""),
    }
    if given.get("Metrics"):
        return {**rule, "Metrics": [_triggering(one) for one in given["Metrics"]]}
    extended = "Statistic" not in given
    kind, stat = (
        ("ExtendedStatistic", _statistic(given)) if extended else ("Statistic", _spelt(given["Statistic"]))
    )
    return {
        "MetricName": given["MetricName"],
        "Namespace": given["Namespace"],
        "StatisticType": kind,
        kind: stat,
        "Unit": given.get("Unit"),
        "Dimensions": _pairs(given),
        "Period": given["Period"],
        **rule,
    }


def _spelt(statistic: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", statistic).upper()


def _triggering(one: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: one[name] for name in ("Id", "Expression", "Label") if one.get(name)}
    if stat := one.get("MetricStat"):
        metric = {**stat["Metric"], "Dimensions": _pairs(stat["Metric"])}
        shown["MetricStat"] = {**stat, "Metric": metric}
    return {**shown, "ReturnData": one.get("ReturnData", True)}


def _pairs(given: Mapping[str, Any]) -> list[dict[str, str]]:
    # The message spells the keys so.
    return [{"value": one["Value"], "name": one["Name"]} for one in given.get("Dimensions") or ()]
