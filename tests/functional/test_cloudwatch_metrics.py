"""Metrics: what was put comes out, by dimensions, units, statistics and expressions; dashboards."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import botocore.session
import pytest
from alarm_support import echo, forward, queue, received
from botocore.exceptions import ClientError
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from s_infra.sandbox.supervisor import Sandbox

Clients = Callable[[str], Any]
PROTOCOLS = ("query", "json", "smithy-rpc-v2-cbor")


def today(cloudwatch: Any, namespace: str, name: str, **more: Any) -> list[dict[str, Any]]:
    now = time.time()
    statistics = {} if "ExtendedStatistics" in more else {"Statistics": ["Sum", "SampleCount"]}
    given = {**statistics, "Period": 86400, **more}
    found = cloudwatch.get_metric_statistics(
        Namespace=namespace, MetricName=name, StartTime=now - 7200, EndTime=now + 7200, **given
    )
    return sorted(found["Datapoints"], key=lambda point: str(point["Unit"]))


@pytest.mark.parity("monitoring:PutMetricData", "monitoring:GetMetricStatistics", "monitoring:ListMetrics")
def test_values_statistics_and_dimensions_are_kept_apart(clients: Clients) -> None:
    cloudwatch = clients("cloudwatch")
    moment = time.time() // 3600 * 3600
    plain = {"MetricName": "m", "Timestamp": moment}
    data = [
        {**plain, "Value": 1.0},
        {**plain, "Values": [2.0, 3.0], "Counts": [1.0, 2.0]},
        {**plain, "Value": 100.0, "Dimensions": [{"Name": "d", "Value": "1"}]},
        {**plain, "Value": 7.0, "Unit": "Seconds"},
        {
            **plain,
            "MetricName": "set",
            "StatisticValues": {"SampleCount": 4, "Sum": 10, "Minimum": 1, "Maximum": 4},
        },
    ]
    cloudwatch.put_metric_data(Namespace="kept", MetricData=data)
    points = today(cloudwatch, "kept", "m")
    assert [(one["Unit"], one["Sum"], one["SampleCount"]) for one in points] == [
        ("None", 9, 4),
        ("Seconds", 7, 1),
    ]
    (one,) = today(cloudwatch, "kept", "m", Unit="Seconds")
    assert one["Sum"] == 7
    (one,) = today(cloudwatch, "kept", "m", Dimensions=[{"Name": "d", "Value": "1"}])
    assert one["Sum"] == 100
    (one,) = today(cloudwatch, "kept", "m", ExtendedStatistics=["p50", "p100"], Unit="None")
    assert one["ExtendedStatistics"] == {"p50": 2.5, "p100": 3.0}
    (one,) = today(cloudwatch, "kept", "set", Statistics=["Average", "Minimum", "Maximum"])
    assert (one["Average"], one["Minimum"], one["Maximum"]) == (2.5, 1, 4)
    (one,) = today(cloudwatch, "kept", "set", ExtendedStatistics=["p50"])
    assert "ExtendedStatistics" not in one
    listed = cloudwatch.list_metrics(Namespace="kept", Dimensions=[{"Name": "d"}])["Metrics"]
    assert listed == [{"Namespace": "kept", "MetricName": "m", "Dimensions": [{"Name": "d", "Value": "1"}]}]
    assert len(cloudwatch.list_metrics(Namespace="kept")["Metrics"]) == 3


@pytest.mark.parity("monitoring:GetMetricData")
def test_queries_are_computed_ordered_and_paged(clients: Clients) -> None:
    cloudwatch = clients("cloudwatch")
    first = time.time() // 60 * 60 - 600
    data = [{"MetricName": "m", "Timestamp": first + 60 * turn, "Value": float(turn)} for turn in range(4)]
    cloudwatch.put_metric_data(Namespace="asked", MetricData=data)
    stat = {"Metric": {"Namespace": "asked", "MetricName": "m"}, "Period": 60, "Stat": "Sum"}
    queries = [
        {"Id": "m", "MetricStat": stat, "ReturnData": False},
        {"Id": "twice", "Expression": "m * 2", "Label": "doubled"},
        {"Id": "filled", "Expression": "FILL(m, 9)"},
    ]
    times = {"StartTime": first, "EndTime": first + 300}
    found = cloudwatch.get_metric_data(MetricDataQueries=queries, ScanBy="TimestampAscending", **times)
    twice, filled = found["MetricDataResults"]
    assert (twice["Id"], twice["Label"], twice["Values"]) == ("twice", "doubled", [0, 2, 4, 6])
    assert filled["Values"] == [0, 1, 2, 3, 9]
    assert twice["Timestamps"][0] == datetime.fromtimestamp(first, UTC)
    newest = cloudwatch.get_metric_data(MetricDataQueries=queries, **times)["MetricDataResults"][0]
    assert newest["Values"] == [6, 4, 2, 0]
    values: dict[str, list[float]] = {"twice": [], "filled": []}
    statuses: list[str] = []
    token = None
    while True:
        more: dict[str, Any] = {"NextToken": token} if token else {}
        part = cloudwatch.get_metric_data(MetricDataQueries=queries, MaxDatapoints=3, **times, **more)
        for one in part["MetricDataResults"]:
            values[one["Id"]] += one["Values"]
            statuses.append(one["StatusCode"])
        token = part.get("NextToken")
        if not token:
            break
    assert values == {"twice": [6, 4, 2, 0], "filled": [9, 3, 2, 1, 0]}
    assert statuses == ["PartialData", "Complete", "PartialData", "Complete"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_each_protocol_is_spoken(sandbox: Sandbox, clients: Clients, protocol: str) -> None:
    name = f"by-{protocol}"
    moment = datetime.fromtimestamp(time.time() // 60 * 60, UTC)
    datum = {
        "MetricName": "m",
        "Values": [1.5, 2.0],
        "Timestamp": moment,
        "Dimensions": [{"Name": "a", "Value": "<&>"}],
    }
    assert spoken(sandbox, protocol, "PutMetricData", {"Namespace": name, "MetricData": [datum]})
    given = {"Namespace": name, "MetricName": "m", "Dimensions": datum["Dimensions"], "Period": 60}
    given |= {
        "StartTime": moment,
        "EndTime": datetime.fromtimestamp(time.time() + 60, UTC),
        "Statistics": ["Sum"],
    }
    (point,) = spoken(sandbox, protocol, "GetMetricStatistics", given)["Datapoints"]
    assert (point["Sum"], point["Timestamp"]) == (3.5, moment)
    rule = {"AlarmName": name, "Namespace": name, "MetricName": "m", "Statistic": "Sum", "Period": 60}
    rule |= {"EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold"}
    assert spoken(sandbox, protocol, "PutMetricAlarm", {**rule, "AlarmActions": [], "ActionsEnabled": False})
    (alarm,) = spoken(sandbox, protocol, "DescribeAlarms", {"AlarmNames": [name]})["MetricAlarms"]
    assert (alarm["Threshold"], alarm["ActionsEnabled"], alarm["AlarmActions"]) == (1.0, False, [])
    error = spoken(
        sandbox, protocol, "SetAlarmState", {"AlarmName": "none", "StateValue": "OK", "StateReason": "r"}
    )
    assert error["Error"]["Code"] == "ResourceNotFound"
    refused = spoken(sandbox, protocol, "DescribeAnomalyDetectors", {})
    assert "monitoring:DescribeAnomalyDetectors isn't carried out" in refused["Error"]["Message"]


def spoken(sandbox: Sandbox, protocol: str, operation: str, given: dict[str, Any]) -> dict[str, Any]:
    """Call an operation in that protocol, with botocore's own writer and reader of it."""
    model = botocore.session.get_session().get_service_model("cloudwatch").operation_model(operation)
    asked = create_serializer(protocol).serialize_to_request(given, model)
    scope = "Credential=test/20260101/us-east-1/monitoring/aws4_request"
    headers = {
        **asked["headers"],
        "Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0",
    }
    body = asked["body"]
    if isinstance(body, dict):
        body = urllib.parse.urlencode(body)
    data = body.encode() if isinstance(body, str) else body
    request = urllib.request.Request(f"{sandbox.endpoint}{asked['url_path']}", data=data, headers=headers)
    try:
        with urllib.request.urlopen(request) as response:
            answer = {"status_code": response.status, "headers": response.headers, "body": response.read()}
    except urllib.error.HTTPError as error:
        with error:
            answer = {"status_code": error.code, "headers": error.headers, "body": error.read()}
    parsed: dict[str, Any] = create_parser(protocol).parse(answer, model.output_shape)
    return parsed


@pytest.mark.parametrize(
    ("datum", "code"),
    [
        ({"Value": 1.0, "Timestamp": time.time() - 15 * 86400}, "InvalidParameterValue"),
        ({"Value": 1.0, "Timestamp": time.time() + 3 * 3600}, "InvalidParameterValue"),
        ({"Value": float("nan")}, "InvalidParameterValue"),
        ({"Value": 2.0**361}, "InvalidParameterValue"),
        ({"Value": 1.0, "Values": [1.0]}, "InvalidParameterCombination"),
        ({"Values": [1.0, 2.0], "Counts": [1.0]}, "InvalidParameterValue"),
        ({"Value": 1.0, "StorageResolution": 30}, "InvalidParameterValue"),
        ({}, "MissingParameter"),
    ],
)
def test_a_datum_that_aws_refuses_is_refused(clients: Clients, datum: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as caught:
        clients("cloudwatch").put_metric_data(Namespace="bad", MetricData=[{"MetricName": "m", **datum}])
    assert caught.value.response["Error"]["Code"] == code
    assert clients("cloudwatch").list_metrics(Namespace="bad")["Metrics"] == []


def test_a_long_body_comes_compressed(clients: Clients) -> None:
    data = [{"MetricName": f"metric-{turn}", "Value": 1.0} for turn in range(500)]
    clients("cloudwatch").put_metric_data(Namespace="long", MetricData=data)
    listed = clients("cloudwatch").get_paginator("list_metrics").paginate(Namespace="long")
    assert sum(len(page["Metrics"]) for page in listed) == 500


def test_a_function_s_calls_and_errors_are_counted(clients: Clients) -> None:
    queue(clients, "counted")
    echo(clients, "counting", "counted")
    clients("lambda").invoke(FunctionName="counting", Payload="{}")
    clients("lambda").update_function_configuration(
        FunctionName="counting", Environment={"Variables": {"QUEUE": "no-such-queue"}}
    )
    clients("lambda").get_waiter("function_updated_v2").wait(FunctionName="counting")
    answer = clients("lambda").invoke(FunctionName="counting", Payload="{}")
    assert "FunctionError" in answer
    dimensions = [{"Name": "FunctionName", "Value": "counting"}]
    sums = {
        name: today(clients("cloudwatch"), "AWS/Lambda", name, Dimensions=dimensions)[0]["Sum"]
        for name in ("Invocations", "Errors", "Throttles")
    }
    assert sums == {"Invocations": 2, "Errors": 1, "Throttles": 0}
    (took,) = today(clients("cloudwatch"), "AWS/Lambda", "Duration", Dimensions=dimensions)
    assert took["Sum"] > 0
    assert took["Unit"] == "Milliseconds"


def test_a_queue_tells_what_waits_in_it_and_for_how_long(clients: Clients, sandbox: Sandbox) -> None:
    url, _ = queue(clients, "letters")
    clients("sqs").send_message(QueueUrl=url, MessageBody="one")
    forward(sandbox, "10m")
    now = clients("cloudwatch")
    found = {}
    for name in ("ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"):
        (point,) = now.get_metric_statistics(
            Namespace="AWS/SQS",
            MetricName=name,
            Dimensions=[{"Name": "QueueName", "Value": "letters"}],
            StartTime=time.time() - 86400,
            EndTime=time.time() + 2 * 86400,
            Period=3 * 86400,
            Statistics=["Maximum"],
        )["Datapoints"]
        found[name] = point["Maximum"]
    assert found["ApproximateNumberOfMessagesVisible"] == 1
    assert 500 <= found["ApproximateAgeOfOldestMessage"] <= 605
    assert received(clients, url)[0]["Body"] == "one"


def test_a_rule_counts_what_it_could_not_deliver(clients: Clients) -> None:
    events = clients("events")
    events.put_rule(Name="lost", EventPattern=json.dumps({"source": ["lost"]}))
    missing = "arn:aws:sqs:us-east-1:000000000000:no-such-queue"
    events.put_targets(Rule="lost", Targets=[{"Id": "1", "Arn": missing}])
    events.put_events(Entries=[{"Source": "lost", "DetailType": "d", "Detail": "{}"}])
    dimensions = [{"Name": "RuleName", "Value": "lost"}]
    deadline = time.monotonic() + 10
    while not (
        points := today(clients("cloudwatch"), "AWS/Events", "FailedInvocations", Dimensions=dimensions)
    ):
        assert time.monotonic() < deadline
    assert points[0]["Sum"] == 1


@pytest.mark.parity(
    "monitoring:PutDashboard",
    "monitoring:GetDashboard",
    "monitoring:ListDashboards",
    "monitoring:DeleteDashboards",
)
def test_a_dashboard_is_kept_as_it_was_given(clients: Clients) -> None:
    cloudwatch = clients("cloudwatch")
    text = {"type": "text", "x": 0, "y": 0, "width": 6, "height": 3, "properties": {"markdown": "# Runs"}}
    metric = {
        "type": "metric",
        "properties": {"metrics": [["AWS/States", "ExecutionsFailed"]], "region": "us-east-1"},
    }
    body = json.dumps({"widgets": [text, metric]}, indent=1)
    assert (
        cloudwatch.put_dashboard(DashboardName="runs", DashboardBody=body)["DashboardValidationMessages"]
        == []
    )
    found = cloudwatch.get_dashboard(DashboardName="runs")
    assert found["DashboardBody"] == body
    assert found["DashboardArn"] == "arn:aws:cloudwatch::000000000000:dashboard/runs"
    (entry,) = cloudwatch.list_dashboards(DashboardNamePrefix="run")["DashboardEntries"]
    assert entry["Size"] == len(body)
    cloudwatch.delete_dashboards(DashboardNames=["runs"])
    with pytest.raises(ClientError, match="Dashboard runs does not exist"):
        cloudwatch.get_dashboard(DashboardName="runs")


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ("no json", "valid JSON"),
        ("[]", "Should be an object"),
        ("{}", "/widgets"),
        ('{"widgets": [{"type": "pie", "properties": {}}]}', "/widgets/0/type"),
        ('{"widgets": [{"type": "text", "properties": {}}]}', "markdown"),
        ('{"widgets": [{"type": "text", "width": 25, "properties": {"markdown": ""}}]}', "/widgets/0/width"),
    ],
)
def test_a_dashboard_that_no_console_could_show_is_refused(clients: Clients, body: str, where: str) -> None:
    with pytest.raises(ClientError, match=where) as caught:
        clients("cloudwatch").put_dashboard(DashboardName="bad", DashboardBody=body)
    assert caught.value.response["Error"]["Code"] == "InvalidParameterInput"


@pytest.mark.parity("logs:PutMetricFilter", "logs:DescribeMetricFilters", "logs:DeleteMetricFilter")
def test_what_is_logged_is_counted_by_filters(clients: Clients) -> None:
    logs, where = clients("logs"), {"logGroupName": "/counted", "logStreamName": "one"}
    logs.create_log_group(logGroupName="/counted")
    logs.create_log_stream(**where)
    made = {"metricName": "Errors", "metricNamespace": "Counted", "metricValue": "2.5", "unit": "Count"}
    named = {"logGroupName": "/counted", "filterName": "errors"}

    def write(*messages: str) -> None:
        moment = int(time.time() * 1000)
        events = [{"timestamp": moment, "message": message} for message in messages]
        logs.put_log_events(**where, logEvents=events)

    write("ERROR before there was a filter")
    logs.put_metric_filter(**named, filterPattern="ERROR -ignored", metricTransformations=[made])
    write("ERROR one", "an error", "ERROR ignored", "two ERRORs")
    [point] = today(clients("cloudwatch"), "Counted", "Errors")
    assert (point["Sum"], point["SampleCount"], point["Unit"]) == (5.0, 2.0, "Count")
    [told] = logs.describe_metric_filters(logGroupName="/counted", filterNamePrefix="err")["metricFilters"]
    assert told["metricTransformations"] == [made]
    logs.delete_metric_filter(**named)
    write("ERROR after it was deleted")
    assert today(clients("cloudwatch"), "Counted", "Errors") == [point]


@pytest.mark.parametrize(
    ("pattern", "more", "named"),
    [
        ("", {"metricValue": "$size"}, "metricTransformations.metricValue"),
        ("", {"metricValue": "1", "defaultValue": 0.0}, "metricTransformations.defaultValue"),
        ("", {"metricValue": "1", "dimensions": {"a": "$.b"}}, "metricTransformations.dimensions"),
        ("{ $.level = 1 }", {"metricValue": "1"}, "filterPattern"),
    ],
)
def test_what_a_filter_of_words_cannot_make_is_refused(
    clients: Clients, pattern: str, more: dict[str, Any], named: str
) -> None:
    made = {"metricName": "m", "metricNamespace": "n", **more}
    with pytest.raises(ClientError, match=f"logs:PutMetricFilter {named}"):
        clients("logs").put_metric_filter(
            logGroupName="/counted", filterName="f", filterPattern=pattern, metricTransformations=[made]
        )
