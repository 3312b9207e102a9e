"""What reaches what by itself: rules, queues, alarms and schedules, on the sandbox or on AWS."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from cloud_support import Cloud, code, document

SENT = {"Effect": "Allow", "Action": "sqs:SendMessage"}
# How long AWS may take, in seconds.
EVENT_S, MAPPING_S, ALARM_S, SCHEDULE_S = 90.0, 120.0, 240.0, 150.0

pytestmark = pytest.mark.timeout(900)


def open_queue(cloud: Cloud, service: str, **attributes: str) -> tuple[str, str]:
    """Make a queue that an AWS service may send to; return its URL and ARN."""
    url, arn = cloud.queue(**attributes)
    principal = {"Service": f"{service}.amazonaws.com"}
    policy = document({**SENT, "Principal": principal, "Resource": arn})
    cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return url, arn


def received(cloud: Cloud, url: str, timeout: float) -> dict[str, Any]:
    """Return the next message's body."""
    sqs = cloud.client("sqs")

    def some() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", [])
        return found

    message = cloud.until(some, timeout)[0]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    told: dict[str, Any] = json.loads(message["Body"])
    return told


def ruled(cloud: Cloud, pattern: dict[str, Any], target: str) -> str:
    """Make a rule with one target; return its name."""
    events, name = cloud.client("events"), cloud.name()
    events.put_rule(Name=name, EventPattern=json.dumps(pattern), Description="A test's.")
    cloud.later(events.delete_rule, Name=name)
    made = events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": target}])
    assert (made["FailedEntryCount"], made["FailedEntries"]) == (0, [])
    cloud.later(events.remove_targets, Rule=name, Ids=["queue"])
    return name


@pytest.mark.parity(
    "events:PutRule", "events:DescribeRule", "events:PutTargets", "events:ListTargetsByRule",
    "events:PutEvents", "events:RemoveTargets", "events:DeleteRule",
)  # fmt: skip
def test_a_rule_sends_what_it_wants_to_its_target(cloud: Cloud) -> None:
    events, (url, arn) = cloud.client("events"), open_queue(cloud, "events")
    source = cloud.name()
    pattern = {"source": [source], "detail": {"key": [{"prefix": "train/"}]}}
    name = ruled(cloud, pattern, arn)
    found = events.describe_rule(Name=name)
    assert (json.loads(found["EventPattern"]), found["State"]) == (pattern, "ENABLED")
    assert [(one["Id"], one["Arn"]) for one in events.list_targets_by_rule(Rule=name)["Targets"]] == [
        ("queue", arn)
    ]
    assert code(events.put_rule, Name=name, EventPattern='{"source": "x"}') == "InvalidEventPatternException"

    def put(key: str) -> bool:
        entry = {"Source": source, "DetailType": "t", "Detail": json.dumps({"key": key})}
        return bool(events.put_events(Entries=[entry])["FailedEntryCount"] == 0)

    assert put("score/a")
    assert put("train/a")
    told = received(cloud, url, EVENT_S)
    assert (told["source"], told["detail"], told["account"]) == (source, {"key": "train/a"}, cloud.account_id)
    assert code(events.delete_rule, Name=name) == "ValidationException"
    events.remove_targets(Rule=name, Ids=["queue"])
    events.delete_rule(Name=name)
    cloud.gone("ResourceNotFoundException", events.describe_rule, Name=name)


def test_a_file_that_lands_is_told_with_its_version(cloud: Cloud) -> None:
    s3, bucket, (url, arn) = cloud.client("s3"), cloud.bucket(), open_queue(cloud, "events")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    told: dict[str, Any] = {"EventBridgeConfiguration": {}}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=told)
    detail = {"bucket": {"name": [bucket]}, "object": {"key": [{"prefix": "train/"}]}}
    ruled(cloud, {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": detail}, arn)
    version: dict[str, str] = {}

    def landed() -> dict[str, Any] | None:
        # On AWS what lands in a bucket's first minutes may go untold: land again until it is.
        version[s3.put_object(Bucket=bucket, Key="train/a b.csv", Body=b"1")["VersionId"]] = "landed"
        got = cloud.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=5).get("Messages", [])
        return json.loads(got[0]["Body"]) if got else None

    event = cloud.until(landed, EVENT_S * 4)
    assert event["detail"]["object"]["key"] == "train/a b.csv"
    assert event["detail"]["object"]["version-id"] in version
    assert (event["detail"]["object"]["size"], event["detail"]["reason"]) == (1, "PutObject")


def test_a_run_that_fails_is_told(cloud: Cloud) -> None:
    states, (url, arn) = cloud.client("stepfunctions"), open_queue(cloud, "events")
    machine = cloud.machine({"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "Mine"}}})
    detail = {"stateMachineArn": [machine], "status": ["FAILED", "TIMED_OUT", "ABORTED"]}
    kind = "Step Functions Execution Status Change"
    ruled(cloud, {"source": ["aws.states"], "detail-type": [kind], "detail": detail}, arn)
    started = states.start_execution(stateMachineArn=machine, input='{"a": 1}')["executionArn"]
    told = received(cloud, url, EVENT_S)["detail"]
    assert (told["executionArn"], told["status"]) == (started, "FAILED")
    assert json.loads(told["input"]) == {"a": 1}


WRITING = """
import os
import boto3


def handler(event, context):
    failed = []
    for record in event["Records"]:
        if record["body"] == "poison":
            failed.append({"itemIdentifier": record["messageId"]})
        else:
            boto3.client("s3").put_object(Bucket=os.environ["BUCKET"], Key=record["body"], Body=b"")
    return {"batchItemFailures": failed}
"""


@pytest.mark.parity(
    "lambda:CreateEventSourceMapping", "lambda:GetEventSourceMapping", "lambda:UpdateEventSourceMapping",
    "lambda:DeleteEventSourceMapping",
)  # fmt: skip
def test_a_queue_feeds_a_function_and_keeps_what_failed(cloud: Cloud) -> None:
    functions, sqs, bucket = cloud.client("lambda"), cloud.client("sqs"), cloud.bucket()
    url, arn = cloud.queue(VisibilityTimeout="60")
    actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    role = cloud.role(
        "lambda",
        {"Effect": "Allow", "Action": actions, "Resource": arn},
        {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/*"},
    )
    name = cloud.function(WRITING, Role=role, Timeout=30, Environment={"Variables": {"BUCKET": bucket}})
    given = {
        "EventSourceArn": arn,
        "FunctionName": name,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
    }
    made = cloud.once_allowed(functions.create_event_source_mapping, **given, BatchSize=5)
    one = {"UUID": made["UUID"]}
    cloud.later(functions.delete_event_source_mapping, **one)
    assert code(functions.create_event_source_mapping, **given) == "ResourceConflictException"

    def enabled() -> bool:
        return bool(functions.get_event_source_mapping(**one)["State"] == "Enabled")

    cloud.until(enabled, MAPPING_S)
    functions.update_event_source_mapping(**one, BatchSize=2)
    cloud.until(enabled, MAPPING_S)
    assert functions.get_event_source_mapping(**one)["BatchSize"] == 2
    for body in ("good", "poison"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    s3 = cloud.client("s3")
    cloud.until(lambda: s3.list_objects_v2(Bucket=bucket).get("Contents"), MAPPING_S)
    assert [found["Key"] for found in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["good"]

    def kept() -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(map(int, found.values()))

    # The one that was dealt with is deleted, the other comes again.
    cloud.until(lambda: kept() == 1, MAPPING_S)
    functions.delete_event_source_mapping(**one)
    cloud.gone("ResourceNotFoundException", functions.get_event_source_mapping, timeout=MAPPING_S, **one)


@pytest.mark.parity(
    "monitoring:PutMetricAlarm", "monitoring:DescribeAlarms", "monitoring:PutMetricData",
    "monitoring:DeleteAlarms", "task:aws-sdk:cloudwatch:*",
)  # fmt: skip
def test_a_machine_s_measurement_sets_an_alarm_off(cloud: Cloud) -> None:
    cloudwatch, sns, name, topic = (
        cloud.client("cloudwatch"),
        cloud.client("sns"),
        cloud.name(),
        cloud.topic(),
    )
    url, arn = open_queue(cloud, "sns")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    measured = {"Namespace": name, "MetricName": "rmse", "Unit": "None"}
    dimensions = [{"Name": "Pipeline", "Value": name}]
    rule = {
        **measured,
        "AlarmName": name,
        "Dimensions": dimensions,
        "Statistic": "Maximum",
        "Period": 10,
        "EvaluationPeriods": 1,
        "Threshold": 0.5,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "ignore",
        "AlarmActions": [topic],
    }
    cloudwatch.put_metric_alarm(**rule)
    cloud.later(cloudwatch.delete_alarms, AlarmNames=[name])

    def alarm() -> dict[str, Any]:
        (found,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return dict(found)

    found = alarm()
    assert {field: found[field] for field in rule} == rule
    assert found["StateValue"] == "INSUFFICIENT_DATA"
    bad = {**rule, "AlarmName": f"{name}-bad", "Period": 7}
    assert code(cloudwatch.put_metric_alarm, **bad) == "ValidationError"
    datum = {"MetricName": "rmse", "Unit": "None", "StorageResolution": 1, "Dimensions": dimensions}
    put = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:cloudwatch:putMetricData",
        "Arguments": {"Namespace": name, "MetricData": [{**datum, "Value": "{% $states.input.value %}"}]},
        "End": True,
    }
    allowed = {"Effect": "Allow", "Action": "cloudwatch:PutMetricData", "Resource": "*"}
    states = {"QueryLanguage": "JSONata", "StartAt": "Put", "States": {"Put": put}}
    machine = cloud.machine(states, allowed)
    started = cloud.client("stepfunctions").start_execution(stateMachineArn=machine, input='{"value": 0.75}')
    assert cloud.ended(started["executionArn"])["status"] == "SUCCEEDED"
    cloud.forward(20)
    told = received(cloud, url, ALARM_S)
    assert (told["AlarmName"], told["NewStateValue"], told["Trigger"]["Threshold"]) == (name, "ALARM", 0.5)
    assert alarm()["StateValue"] == "ALARM"
    cloudwatch.delete_alarms(AlarmNames=[name])
    cloud.until(lambda: not cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"])


@pytest.mark.parity(
    "monitoring:PutDashboard", "monitoring:GetDashboard", "monitoring:ListDashboards",
    "monitoring:DeleteDashboards",
)  # fmt: skip
def test_a_dashboard_is_kept_as_it_was_written(cloud: Cloud) -> None:
    cloudwatch, name = cloud.client("cloudwatch"), cloud.name()
    text = {"type": "text", "x": 0, "y": 0, "width": 6, "height": 3, "properties": {"markdown": "Runs"}}
    body = json.dumps({"widgets": [text]})
    cloudwatch.put_dashboard(DashboardName=name, DashboardBody=body)
    cloud.later(cloudwatch.delete_dashboards, DashboardNames=[name])
    assert json.loads(cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"]) == json.loads(body)
    cloud.until(
        lambda: (
            [
                one["DashboardName"]
                for one in cloudwatch.list_dashboards(DashboardNamePrefix=name)["DashboardEntries"]
            ]
            == [name]
        )
    )
    assert code(cloudwatch.put_dashboard, DashboardName=name, DashboardBody="{") == "InvalidParameterInput"
    cloudwatch.delete_dashboards(DashboardNames=[name])
    cloud.gone("ResourceNotFound", cloudwatch.get_dashboard, DashboardName=name)


@pytest.mark.parity(
    "scheduler:CreateSchedule", "scheduler:GetSchedule", "scheduler:UpdateSchedule",
    "scheduler:DeleteSchedule",
)  # fmt: skip
def test_a_schedule_sends_at_its_time(cloud: Cloud) -> None:
    scheduler, name, (url, arn) = cloud.client("scheduler"), cloud.name(), cloud.queue()
    role = cloud.role("scheduler", {**SENT, "Resource": arn})
    target = {"Arn": arn, "RoleArn": role, "Input": '{"at": "<aws.scheduler.scheduled-time>"}'}
    given = {"Name": name, "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": target}
    retry = {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 2}
    cloud.once_allowed(scheduler.create_schedule, **given, ScheduleExpression="rate(1 day)", State="DISABLED")
    cloud.later(scheduler.delete_schedule, Name=name)
    assert code(scheduler.create_schedule, **given, ScheduleExpression="rate(1 day)") == "ConflictException"
    assert code(scheduler.update_schedule, **given, ScheduleExpression="every day") == "ValidationException"
    at = (cloud.now() + timedelta(seconds=5)).strftime("%Y-%m-%dT%H:%M:%S")
    given["Target"] = {**target, "RetryPolicy": retry}
    scheduler.update_schedule(**given, ScheduleExpression=f"at({at})", State="ENABLED")
    found = scheduler.get_schedule(Name=name)
    assert (found["ScheduleExpression"], found["State"], found["GroupName"]) == (
        *(f"at({at})", "ENABLED", "default"),
    )
    assert found["Target"]["RetryPolicy"] == retry
    cloud.forward(10)
    assert received(cloud, url, SCHEDULE_S) == {"at": f"{at}Z"}
    scheduler.delete_schedule(Name=name)
    cloud.gone("ResourceNotFoundException", scheduler.get_schedule, Name=name)
