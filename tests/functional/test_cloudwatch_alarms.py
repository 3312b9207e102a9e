"""Alarms: evaluated on time, and what they do then."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from alarm_support import echo, forward, mails, queue, received
from botocore.exceptions import ClientError
from events_support import Bus

from s_infra.sandbox.supervisor import Sandbox

Clients = Callable[[str], Any]
ROLE = "arn:aws:iam::000000000000:role/machine"


def rule(name: str, **more: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "AlarmName": name,
        "Namespace": "own",
        "MetricName": name,
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 0.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }
    return {name: value for name, value in {**given, **more}.items() if value is not None}


def put(clients: Clients, name: str, value: float = 1.0, **more: Any) -> None:
    clients("cloudwatch").put_metric_data(
        Namespace="own", MetricData=[{"MetricName": name, "Value": value, **more}]
    )


def alarm(clients: Clients, name: str) -> dict[str, Any]:
    (found,) = clients("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return dict(found)


def changes(clients: Clients, name: str) -> list[str]:
    """Return an alarm's changes of state so far; which minute it is now can't be known."""
    found = clients("cloudwatch").describe_alarm_history(
        AlarmName=name, HistoryItemType="StateUpdate", ScanBy="TimestampAscending"
    )["AlarmHistoryItems"]
    return [one["HistorySummary"].removeprefix("Alarm updated from ") for one in found]


def topic(clients: Clients, name: str, address: str) -> str:
    arn = str(clients("sns").create_topic(Name=name)["TopicArn"])
    clients("sns").subscribe(TopicArn=arn, Protocol="email", Endpoint=address)
    return arn


@pytest.mark.parity("monitoring:PutMetricAlarm", "monitoring:DescribeAlarms")
def test_a_failed_execution_is_mailed(clients: Clients, sandbox: Sandbox) -> None:
    states, cloudwatch = clients("stepfunctions"), clients("cloudwatch")
    fail = {"Type": "Fail", "Error": "Broken", "Cause": "by design"}
    definition = {"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": fail}}
    machine = states.create_state_machine(name="failing", definition=json.dumps(definition), roleArn=ROLE)
    other = states.create_state_machine(name="other", definition=json.dumps(definition), roleArn=ROLE)
    arn = topic(clients, "failures", "team@example.com")
    for made in (machine, other):
        name = made["stateMachineArn"].rsplit(":", 1)[-1]
        dimensions = [{"Name": "StateMachineArn", "Value": made["stateMachineArn"]}]
        fields = {"Namespace": "AWS/States", "MetricName": "ExecutionsFailed", "Dimensions": dimensions}
        cloudwatch.put_metric_alarm(**rule(name, AlarmActions=[arn], AlarmDescription="it failed", **fields))
    states.start_execution(stateMachineArn=machine["stateMachineArn"])
    deadline = time.monotonic() + 10
    while not cloudwatch.list_metrics(MetricName="ExecutionsFailed")["Metrics"]:
        assert time.monotonic() < deadline
    fired = forward(sandbox, "2m")
    assert [one["name"] for one in fired if one["what"].startswith("INSUFFICIENT_DATA -> ALARM")] == [
        "failing"
    ]
    (mail,) = mails(sandbox, "team@example.com")
    assert mail["subject"] == 'ALARM: "failing" in US East (N. Virginia)'
    message = json.loads(mail["message"])
    assert message["AlarmDescription"] == "it failed"
    assert message["NewStateValue"] == "ALARM"
    assert message["Trigger"]["Dimensions"] == [
        {"value": machine["stateMachineArn"], "name": "StateMachineArn"}
    ]
    assert message["Trigger"]["Statistic"] == "SUM"
    # The other machine's failure count is another metric.
    assert alarm(clients, "other")["StateValue"] == "OK"


def test_it_is_evaluated_on_time_though_no_datum_comes(clients: Clients, sandbox: Sandbox) -> None:
    put(clients, "timely")
    clients("cloudwatch").put_metric_alarm(**rule("timely"))
    assert alarm(clients, "timely")["StateReason"] == "Unchecked: Initial alarm creation"
    forward(sandbox, "1m")
    breached = alarm(clients, "timely")
    assert breached["StateValue"] == "ALARM"
    assert "[1.0 (" in breached["StateReason"]
    assert json.loads(breached["StateReasonData"])["recentDatapoints"] == [1.0]
    forward(sandbox, "10m")
    assert changes(clients, "timely") == ["INSUFFICIENT_DATA to ALARM", "ALARM to OK"]
    calm = alarm(clients, "timely")
    assert calm["StateTransitionedTimestamp"] > breached["StateTransitionedTimestamp"]
    assert "no datapoints were received" in calm["StateReason"]


def test_m_of_n_datapoints_and_the_unit(clients: Clients, sandbox: Sandbox) -> None:
    given = rule(
        "some", EvaluationPeriods=3, DatapointsToAlarm=2, Unit="Count", Statistic="Maximum", Threshold=5.0
    )
    clients("cloudwatch").put_metric_alarm(**given)
    seen = []
    for value, unit in ((9.0, "Count"), (1.0, "Count"), (9.0, "Seconds"), (9.0, "Count")):
        put(clients, "some", value, Unit=unit)
        forward(sandbox, "1m")
        seen.append(alarm(clients, "some")["StateValue"])
    # The third value is of another unit, and so a missing one.
    assert seen[:3] == ["OK", "OK", "OK"]
    put(clients, "some", 9.0, Unit="Count")
    forward(sandbox, "1m")
    assert alarm(clients, "some")["StateValue"] == "ALARM"


def test_an_expression_over_two_metrics(clients: Clients, sandbox: Sandbox) -> None:
    def metric(name: str) -> dict[str, Any]:
        stat = {"Metric": {"Namespace": "own", "MetricName": name}, "Period": 60, "Stat": "Sum"}
        return {"Id": name, "MetricStat": stat, "ReturnData": False}

    rate = {"Id": "rate", "Expression": "IF(calls > 0, 100 * errors / calls, 0)", "ReturnData": True}
    plain = dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period"))
    given = rule("percent", Metrics=[metric("errors"), metric("calls"), rate], Threshold=20.0, **plain)
    clients("cloudwatch").put_metric_alarm(**given)
    for name, value in (("calls", 10.0), ("errors", 3.0)):
        put(clients, name, value)
    forward(sandbox, "1m")
    found = alarm(clients, "percent")
    assert found["StateValue"] == "ALARM"
    assert "[30.0 (" in found["StateReason"]
    assert [one["Id"] for one in found["Metrics"]] == ["errors", "calls", "rate"]


def test_periods_of_ten_seconds_and_percentiles(clients: Clients, sandbox: Sandbox) -> None:
    given = rule("fast", Period=10, Statistic=None, ExtendedStatistic="p90", Threshold=8.0)
    clients("cloudwatch").put_metric_alarm(**given)
    for value in range(1, 11):
        put(clients, "fast", float(value), StorageResolution=1)
    forward(sandbox, "10s")
    assert changes(clients, "fast") == ["INSUFFICIENT_DATA to ALARM"]
    assert "[9.1 (" in alarm(clients, "fast")["StateReason"]


@pytest.mark.parity("monitoring:SetAlarmState", "monitoring:DescribeAlarmHistory")
def test_a_function_is_invoked_if_its_policy_lets_alarms(clients: Clients) -> None:
    url, _ = queue(clients, "invoked")
    function = echo(clients, "on-alarm", "invoked")
    clients("cloudwatch").put_metric_alarm(
        **rule("calls-function", AlarmActions=[function], OKActions=[function])
    )

    def set_state(value: str) -> None:
        clients("cloudwatch").set_alarm_state(
            AlarmName="calls-function", StateValue=value, StateReason="tried"
        )

    set_state("ALARM")
    (failed,) = clients("cloudwatch").describe_alarm_history(
        AlarmName="calls-function", HistoryItemType="Action"
    )["AlarmHistoryItems"]
    assert "no resource-based policy allows the lambda:InvokeFunction action" in failed["HistorySummary"]
    clients("lambda").add_permission(
        FunctionName="on-alarm",
        StatementId="alarm",
        Action="lambda:InvokeFunction",
        Principal="lambda.alarms.cloudwatch.amazonaws.com",
        SourceArn=alarm(clients, "calls-function")["AlarmArn"],
    )
    set_state("OK")
    event = json.loads(received(clients, url)[0]["Body"])
    assert event["source"] == "aws.cloudwatch"
    assert event["alarmArn"] == alarm(clients, "calls-function")["AlarmArn"]
    assert event["alarmData"]["state"]["value"] == "OK"
    assert event["alarmData"]["state"]["reason"] == "tried"
    assert event["alarmData"]["previousState"]["value"] == "ALARM"
    assert (
        event["alarmData"]["configuration"]["metrics"][0]["metricStat"]["metric"]["name"] == "calls-function"
    )


def test_a_change_of_state_is_an_event(clients: Clients) -> None:
    bus = Bus(clients, "aws.cloudwatch", "alarm-events")
    clients("cloudwatch").put_metric_alarm(**rule("told", Dimensions=[{"Name": "a", "Value": "b"}]))
    clients("cloudwatch").set_alarm_state(AlarmName="told", StateValue="ALARM", StateReason="tried")
    made = bus.until(lambda event: event["detail-type"] == "CloudWatch Alarm Configuration Change")
    assert (made["detail"]["alarmName"], made["detail"]["operation"]) == ("told", "create")
    event = bus.until(lambda event: event["detail-type"] == "CloudWatch Alarm State Change")
    assert event["resources"] == [alarm(clients, "told")["AlarmArn"]]
    assert event["detail"]["alarmName"] == "told"
    assert event["detail"]["state"]["value"] == "ALARM"
    assert event["detail"]["previousState"]["value"] == "INSUFFICIENT_DATA"
    (metric,) = event["detail"]["configuration"]["metrics"]
    assert metric["metricStat"]["metric"] == {"namespace": "own", "name": "told", "dimensions": {"a": "b"}}


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        (
            {"KmsMasterKeyId": "alias/aws/sns"},
            "does not have authorization to access the SNS topic encryption key",
        ),
        (
            {"Policy": json.dumps({"Version": "2012-10-17", "Statement": []})},
            "not authorized to perform: SNS:Publish",
        ),
    ],
)
def test_a_topic_that_lets_no_alarm_publish_gets_nothing(
    clients: Clients, sandbox: Sandbox, attributes: dict[str, str], reason: str
) -> None:
    name = f"closed-{next(iter(attributes)).lower()}"
    arn = topic(clients, name, f"{name}@example.com")
    for key, value in attributes.items():
        clients("sns").set_topic_attributes(TopicArn=arn, AttributeName=key, AttributeValue=value)
    clients("cloudwatch").put_metric_alarm(**rule(name, AlarmActions=[arn]))
    clients("cloudwatch").set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="tried")
    newest = clients("cloudwatch").describe_alarm_history(AlarmName=name)["AlarmHistoryItems"][0]
    assert reason in newest["HistorySummary"]
    assert mails(sandbox, f"{name}@example.com") == []


@pytest.mark.parametrize("let", [True, False])
def test_a_key_of_ones_own_is_used_as_far_as_its_policy_lets(
    clients: Clients, sandbox: Sandbox, let: bool
) -> None:
    name = f"keyed-{let}".lower()
    arn = topic(clients, name, f"{name}@example.com")
    statement = {
        "Effect": "Allow",
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
        "Principal": {"Service": "cloudwatch.amazonaws.com" if let else "s3.amazonaws.com"},
        "Condition": {"StringEquals": {"aws:SourceAccount": "000000000000"}},
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    key = clients("kms").create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]
    clients("sns").set_topic_attributes(TopicArn=arn, AttributeName="KmsMasterKeyId", AttributeValue=key)
    clients("cloudwatch").put_metric_alarm(**rule(name, AlarmActions=[arn]))
    clients("cloudwatch").set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="tried")
    assert len(mails(sandbox, f"{name}@example.com")) == let


@pytest.mark.parity("monitoring:DisableAlarmActions", "monitoring:EnableAlarmActions")
def test_actions_are_switched_off_and_on(clients: Clients, sandbox: Sandbox) -> None:
    arn = topic(clients, "switched", "switched@example.com")
    cloudwatch = clients("cloudwatch")
    cloudwatch.put_metric_alarm(**rule("switched", AlarmActions=[arn], InsufficientDataActions=[arn]))
    cloudwatch.disable_alarm_actions(AlarmNames=["switched"])
    cloudwatch.set_alarm_state(AlarmName="switched", StateValue="ALARM", StateReason="tried")
    assert mails(sandbox, "switched@example.com") == []
    cloudwatch.enable_alarm_actions(AlarmNames=["switched"])
    cloudwatch.set_alarm_state(AlarmName="switched", StateValue="INSUFFICIENT_DATA", StateReason="tried")
    (mail,) = mails(sandbox, "switched@example.com")
    assert mail["subject"].startswith('INSUFFICIENT_DATA: "switched"')


@pytest.mark.parity(
    "monitoring:DeleteAlarms",
    "monitoring:DescribeAlarmsForMetric",
    "monitoring:ListTagsForResource",
    "monitoring:TagResource",
    "monitoring:UntagResource",
)
def test_alarms_are_updated_tagged_found_and_deleted(clients: Clients) -> None:
    cloudwatch = clients("cloudwatch")
    tags = [{"Key": "stage", "Value": "test"}, {"Key": "gone", "Value": "soon"}]
    cloudwatch.put_metric_alarm(**rule("kept", Tags=tags))
    cloudwatch.set_alarm_state(AlarmName="kept", StateValue="ALARM", StateReason="tried")
    cloudwatch.put_metric_alarm(**rule("kept", Threshold=7.0, Tags=[{"Key": "ignored", "Value": "now"}]))
    found = alarm(clients, "kept")
    assert (found["Threshold"], found["StateValue"]) == (7.0, "ALARM")
    cloudwatch.tag_resource(ResourceARN=found["AlarmArn"], Tags=[{"Key": "new", "Value": "one"}])
    cloudwatch.untag_resource(ResourceARN=found["AlarmArn"], TagKeys=["gone"])
    told = cloudwatch.list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"]
    assert {one["Key"]: one["Value"] for one in told} == {"stage": "test", "new": "one"}
    of_metric = cloudwatch.describe_alarms_for_metric(Namespace="own", MetricName="kept")["MetricAlarms"]
    assert [one["AlarmName"] for one in of_metric] == ["kept"]
    with pytest.raises(cloudwatch.exceptions.ResourceNotFound):
        cloudwatch.delete_alarms(AlarmNames=["kept", "never-made"])
    assert cloudwatch.describe_alarms(AlarmNames=["kept"])["MetricAlarms"] == []
    summaries = [
        one["HistorySummary"]
        for one in cloudwatch.describe_alarm_history(AlarmName="kept")["AlarmHistoryItems"]
    ]
    assert summaries[0] == 'Alarm "kept" deleted'
    assert summaries[-1] == 'Alarm "kept" created'


def test_a_list_comes_in_pages(clients: Clients) -> None:
    for number in range(3):
        clients("cloudwatch").put_metric_alarm(**rule(f"paged-{number}"))
    pages = (
        clients("cloudwatch")
        .get_paginator("describe_alarms")
        .paginate(AlarmNamePrefix="paged-", PaginationConfig={"PageSize": 2})
    )
    sizes = [len(page["MetricAlarms"]) for page in pages]
    assert sizes == [2, 1]
    with pytest.raises(clients("cloudwatch").exceptions.InvalidNextToken):
        clients("cloudwatch").describe_alarms(NextToken="made-up")


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ({"Period": 45}, "ValidationError", "Period must be 10, 20, 30 or a multiple of 60"),
        ({"EvaluationPeriods": 1441}, "ValidationError", "across more than a day"),
        ({"Period": 86400, "EvaluationPeriods": 8}, "ValidationError", "across more than a week"),
        ({"DatapointsToAlarm": 2}, "ValidationError", "DatapointsToAlarm"),
        ({"TreatMissingData": "never"}, "ValidationError", "TreatMissingData"),
        ({"EvaluateLowSampleCountPercentile": "ignore"}, "ValidationError", "percentile"),
        ({"ExtendedStatistic": "p90"}, "InvalidParameterCombination", "mutually exclusive"),
        ({"Statistic": None}, "MissingParameter", "Statistic"),
        ({"ComparisonOperator": "SomewhatAbove"}, "ValidationError", "Member must satisfy enum value set"),
        ({"AlarmActions": ["a topic"]}, "ValidationError", "Invalid arn syntax"),
        ({"AlarmActions": ["arn:aws:sns:eu-west-1:000000000000:t"]}, "ValidationError", "Invalid region"),
        ({"AlarmActions": ["arn:aws:automate:us-east-1:ec2:stop"]}, "NotImplemented", "arn:aws:automate"),
        ({"Statistic": None, "ExtendedStatistic": "tm90"}, "NotImplemented", "ExtendedStatistic tm90"),
        ({"ThresholdMetricId": "band"}, "NotImplemented", "ThresholdMetricId"),
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "NotImplemented", "GreaterThanUpperThreshold"),
        ({"EvaluationWindow": {"WallClockWindow": {}}}, "NotImplemented", "EvaluationWindow"),
    ],
)
def test_what_aws_or_the_sandbox_refuses(
    clients: Clients, change: dict[str, Any], code: str, message: str
) -> None:
    with pytest.raises(ClientError, match=message) as caught:
        clients("cloudwatch").put_metric_alarm(**rule("refused", **change))
    assert caught.value.response["Error"]["Code"] == code
    assert clients("cloudwatch").describe_alarms(AlarmNames=["refused"])["MetricAlarms"] == []


@pytest.mark.parametrize(
    ("queries", "message"),
    [
        ([{"Id": "m", "Expression": "ANOMALY_DETECTION_BAND(a)"}], "ANOMALY_DETECTION_BAND"),
        ([{"Id": "m", "Expression": "SUM(a)"}], "single time series"),
        ([{"Id": "m", "Expression": "b * 2"}], "Unrecognized id b"),
        ([{"Id": "m", "Expression": "a *"}], "Invalid syntax"),
        ([], "single time series|Exactly one"),
    ],
)
def test_an_expression_that_cannot_be_watched_is_refused(
    clients: Clients, queries: list[dict[str, Any]], message: str
) -> None:
    stat = {"Metric": {"Namespace": "own", "MetricName": "a"}, "Period": 60, "Stat": "Sum"}
    plain = dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period"))
    metrics = [{"Id": "a", "MetricStat": stat, "ReturnData": False}, *queries]
    with pytest.raises(ClientError, match=message):
        clients("cloudwatch").put_metric_alarm(**rule("refused", Metrics=metrics, **plain))


@pytest.mark.parametrize(
    ("operation", "given"),
    [
        ("put_composite_alarm", {"AlarmName": "a", "AlarmRule": "ALARM(b)"}),
        ("put_anomaly_detector", {"Namespace": "n", "MetricName": "m", "Stat": "Sum"}),
        ("describe_insight_rules", {}),
    ],
)
def test_other_operations_are_refused_by_name(
    clients: Clients, operation: str, given: dict[str, Any]
) -> None:
    with pytest.raises(ClientError, match=r"s-infra sandbox: monitoring:.* isn't carried out") as caught:
        getattr(clients("cloudwatch"), operation)(**given)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
