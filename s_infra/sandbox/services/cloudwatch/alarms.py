"""Operations on alarms."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.cloudwatch import alarm_rules
from s_infra.sandbox.services.cloudwatch.alarm import CONFIGURED, Alarm, State
from s_infra.sandbox.services.cloudwatch.errors import (
    CloudWatchError,
    missing,
    not_carried_out,
    not_found,
    validation,
)
from s_infra.sandbox.services.cloudwatch.evaluation import INSUFFICIENT
from s_infra.sandbox.services.cloudwatch.paging import page
from s_infra.sandbox.services.cloudwatch.store import metric_of

if TYPE_CHECKING:
    from s_infra.sandbox.services.cloudwatch.service import CloudWatch

Fields = Mapping[str, Any]
UNCHECKED = "Unchecked: Initial alarm creation"
DESCRIBED = 50
HISTORY_SHOWN = 100
MOST_TAGS = 50


def put(service: CloudWatch, given: Fields) -> Fields:
    """PutMetricAlarm: a new alarm, or a new configuration of one whose state stays."""
    region, account = service.base.region, service.base.account_id
    alarm_rules.check(given, region=region, account=account)
    configured = {name: given[name] for name in CONFIGURED if given.get(name) is not None}
    now, name = service.clock.now(), given["AlarmName"]
    known = service.alarms.get(name)
    if known is None:
        state = State(INSUFFICIENT, UNCHECKED, "", now, now)
        arn = f"arn:aws:cloudwatch:{region}:{account}:alarm:{name}"
        known = Alarm(arn, configured, now, state)
        tags = {one["Key"]: one["Value"] for one in given.get("Tags") or ()}
        if len(tags) > MOST_TAGS:
            raise validation(f"An alarm can have at most {MOST_TAGS} tags.")
        service.tags[arn] = tags
        service.alarms[name] = known
        operation = "create"
    else:
        # Tags of an alarm that is there are changed by TagResource alone.
        known.configure(configured)
        operation = "update"
    known.configured_at = now
    known.actions_enabled = given.get("ActionsEnabled", True)
    service.configured(known, operation)
    return {}


def delete(service: CloudWatch, given: Fields) -> Fields:
    """DeleteAlarms: those that are there; an error if any isn't."""
    absent = [name for name in given["AlarmNames"] if name not in service.alarms]
    for name in given["AlarmNames"]:
        if name in service.alarms:
            alarm = service.alarms.pop(name)
            service.tags.pop(alarm.arn, None)
            service.configured(alarm, "delete")
    if absent:
        raise not_found(f"Alarms [{', '.join(absent)}] do not exist.")
    return {}


def describe(service: CloudWatch, given: Fields) -> Fields:
    """DescribeAlarms: metric alarms, by name."""
    for field in ("ChildrenOfAlarmName", "ParentsOfAlarmName"):
        if given.get(field):
            raise not_carried_out(f"DescribeAlarms {field}")
    if given.get("AlarmNames") and given.get("AlarmNamePrefix"):
        raise validation("AlarmNames and AlarmNamePrefix can't be given both.")
    kinds = given.get("AlarmTypes") or ["MetricAlarm"]
    found = [
        alarm.described()
        for name, alarm in sorted(service.alarms.items())
        if "MetricAlarm" in kinds and _is_wanted(alarm, name, given)
    ]
    size = given.get("MaxRecords") or DESCRIBED
    return {"CompositeAlarms": [], **page("MetricAlarms", found, given.get("NextToken"), size)}


def _is_wanted(alarm: Alarm, name: str, given: Fields) -> bool:
    actions = [one for field in alarm_rules.ACTIONS for one in alarm.given.get(field) or ()]
    prefix = given.get("ActionPrefix")
    return (
        (not given.get("AlarmNames") or name in given["AlarmNames"])
        and name.startswith(given.get("AlarmNamePrefix") or "")
        and given.get("StateValue") in (None, alarm.state.value)
        and (not prefix or any(one.startswith(prefix) for one in actions))
    )


def describe_for_metric(service: CloudWatch, given: Fields) -> Fields:
    """DescribeAlarmsForMetric: the alarms on exactly that metric."""
    wanted = metric_of(given)
    filters = {
        name: given[name]
        for name in ("Statistic", "ExtendedStatistic", "Period", "Unit")
        if given.get(name) is not None
    }
    found = [
        alarm.described()
        for _, alarm in sorted(service.alarms.items())
        if alarm.given.get("MetricName")
        and metric_of(alarm.given) == wanted
        and all(alarm.given.get(name) == value for name, value in filters.items())
    ]
    return {"MetricAlarms": found}


def set_state(service: CloudWatch, given: Fields) -> Fields:
    """SetAlarmState: until the next evaluation."""
    alarm = _found(service, given["AlarmName"])
    data = given.get("StateReasonData", "")
    if data:
        try:
            json.loads(data)
        except ValueError as error:
            message = f"StateReasonData is no JSON: {error}"
            raise CloudWatchError("InvalidFormatFault", "InvalidFormat", message) from error
    service.enter(alarm, given["StateValue"], given["StateReason"], data, service.clock.now())
    alarm.asleep = False
    return {}


def enable(service: CloudWatch, given: Fields) -> Fields:
    """EnableAlarmActions."""
    return _switch(service, given, enabled=True)


def disable(service: CloudWatch, given: Fields) -> Fields:
    """DisableAlarmActions."""
    return _switch(service, given, enabled=False)


def _switch(service: CloudWatch, given: Fields, *, enabled: bool) -> Fields:
    for name in given["AlarmNames"]:
        if name in service.alarms:
            alarm = service.alarms[name]
            alarm.actions_enabled = enabled
            alarm.configured_at = service.clock.now()
            service.configured(alarm, "update")
    return {}


def history(service: CloudWatch, given: Fields) -> Fields:
    """DescribeAlarmHistory: newest first unless told otherwise; of alarms that are gone, too."""
    if given.get("AlarmContributorId"):
        raise not_carried_out("DescribeAlarmHistory AlarmContributorId")
    if "MetricAlarm" not in (given.get("AlarmTypes") or ["MetricAlarm"]):
        return {"AlarmHistoryItems": []}
    found = [
        item
        for item in service.history
        if given.get("AlarmName") in (None, item["AlarmName"])
        and given.get("HistoryItemType") in (None, item["HistoryItemType"])
        and given.get("StartDate", 0) <= item["Timestamp"] <= given.get("EndDate", float("inf"))
    ]
    if given.get("ScanBy", "TimestampDescending") == "TimestampDescending":
        found.reverse()
    size = given.get("MaxRecords") or HISTORY_SHOWN
    return page("AlarmHistoryItems", found, given.get("NextToken"), size)


def list_tags(service: CloudWatch, given: Fields) -> Fields:
    """ListTagsForResource."""
    tags = _tags(service, given["ResourceARN"])
    return {"Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())]}


def tag(service: CloudWatch, given: Fields) -> Fields:
    """TagResource."""
    tags = _tags(service, given["ResourceARN"])
    added = {one["Key"]: one["Value"] for one in given["Tags"]}
    if len({**tags, **added}) > MOST_TAGS:
        raise validation(f"An alarm can have at most {MOST_TAGS} tags.")
    tags.update(added)
    return {}


def untag(service: CloudWatch, given: Fields) -> Fields:
    """UntagResource."""
    tags = _tags(service, given["ResourceARN"])
    for key in given["TagKeys"]:
        tags.pop(key, None)
    return {}


def _tags(service: CloudWatch, arn: str) -> dict[str, str]:
    if arn not in service.tags:
        raise CloudWatchError(
            "ResourceNotFoundException", "ResourceNotFoundException", f"Unknown resource: {arn}", 404
        )
    return service.tags[arn]


def _found(service: CloudWatch, name: str) -> Alarm:
    if not name:
        raise missing("The parameter AlarmName is required.")
    if name not in service.alarms:
        raise not_found(f"Alarm {name} does not exist.")
    return service.alarms[name]
