"""Schedules fire when they are due, by a clock that the test moves."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from alarm_support import echo, forward, queue, received, role
from botocore.exceptions import ClientError

from s_infra.sandbox import clock, pages
from s_infra.sandbox.supervisor import Sandbox

Clients = Callable[[str], Any]
OFF = {"Mode": "OFF"}
SERVICE = "scheduler.amazonaws.com"


@pytest.fixture(scope="module")
def scheduler_role(clients: Clients) -> str:
    return role(clients, "scheduler-role", SERVICE)


def now(sandbox: Sandbox) -> datetime:
    return datetime.fromisoformat(str(pages.ask(sandbox, clock.PATH)["now"]))


def make(clients: Clients, name: str, expression: str, target: dict[str, Any], **more: Any) -> None:
    clients("scheduler").create_schedule(
        Name=name, ScheduleExpression=expression, FlexibleTimeWindow=OFF, Target=target, **more
    )


@pytest.mark.parity("scheduler:CreateSchedule", "scheduler:DeleteSchedule")
def test_a_function_is_called_each_hour_with_the_scheduled_time(
    clients: Clients, sandbox: Sandbox, scheduler_role: str
) -> None:
    url, _ = queue(clients, "hourly")
    function = echo(clients, "hourly", "hourly")
    text = json.dumps(
        {
            "due": "<aws.scheduler.scheduled-time>",
            "by": "<aws.scheduler.schedule-arn>",
            "attempt": "<aws.scheduler.attempt-number>",
        }
    )
    begin = now(sandbox) + timedelta(hours=1)
    make(
        clients,
        "hourly",
        "rate(1 hour)",
        {"Arn": function, "RoleArn": scheduler_role, "Input": text},
        StartDate=begin,
    )
    fired = [one for one in forward(sandbox, "3h30m") if one["name"] == "hourly"]
    assert [one["what"] for one in fired] == [f"lambda:Invoke {function}"] * 3
    events = [json.loads(one["Body"]) for one in received(clients, url, 3)]
    arn = "arn:aws:scheduler:us-east-1:000000000000:schedule/default/hourly"
    assert {one["by"] for one in events} == {arn}
    assert {one["attempt"] for one in events} == {"1"}
    due = [datetime.fromisoformat(text) for text in sorted(one["due"] for one in events)]
    assert due == [begin, begin + timedelta(hours=1), begin + timedelta(hours=2)]
    clients("scheduler").delete_schedule(Name="hourly")
    assert [one for one in forward(sandbox, "3h") if one["name"] == "hourly"] == []


def test_a_machine_is_started_at_nine_in_berlin_on_weekdays(
    clients: Clients, sandbox: Sandbox, scheduler_role: str
) -> None:
    states = clients("stepfunctions")
    definition = {"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Succeed"}}}
    machine = states.create_state_machine(
        name="nightly", definition=json.dumps(definition), roleArn="arn:aws:iam::000000000000:role/machine"
    )["stateMachineArn"]
    target = {"Arn": machine, "RoleArn": scheduler_role, "Input": '{"at": "<aws.scheduler.scheduled-time>"}'}
    make(clients, "mornings", "cron(0 9 ? * MON-FRI *)", target, ScheduleExpressionTimezone="Europe/Berlin")
    forward(sandbox, "7d")
    deadline = time.monotonic() + 10
    while len(found := states.list_executions(stateMachineArn=machine)["executions"]) < 5:
        assert time.monotonic() < deadline
    assert len(found) == 5
    inputs = [
        json.loads(states.describe_execution(executionArn=one["executionArn"])["input"]) for one in found
    ]
    hours = {datetime.fromisoformat(one["at"]).hour for one in inputs}
    assert hours <= {7, 8}


def test_once_means_once_and_is_gone_then(clients: Clients, sandbox: Sandbox, scheduler_role: str) -> None:
    url, arn = queue(clients, "once")
    when = (now(sandbox) + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%S")
    for name, after in (("gone", "DELETE"), ("stays", "NONE")):
        target = {"Arn": arn, "RoleArn": scheduler_role, "Input": name}
        make(clients, name, f"at({when})", target, ActionAfterCompletion=after)
    forward(sandbox, "10m")
    assert sorted(one["Body"] for one in received(clients, url, 2)) == ["gone", "stays"]
    assert [one for one in forward(sandbox, "1d") if one["name"] in ("gone", "stays")] == []
    assert clients("scheduler").get_schedule(Name="stays")["ScheduleExpression"] == f"at({when})"
    with pytest.raises(clients("scheduler").exceptions.ResourceNotFoundException):
        clients("scheduler").get_schedule(Name="gone")


@pytest.mark.parametrize("service", ["sns", "sqs"])
def test_a_universal_target_calls_the_api(
    clients: Clients, sandbox: Sandbox, scheduler_role: str, service: str
) -> None:
    url, arn = queue(clients, f"universal-{service}")
    given: dict[str, str] = {"QueueUrl": url, "MessageBody": "called"}
    action = "sendMessage"
    if service == "sns":
        topic = clients("sns").create_topic(Name="universal")["TopicArn"]
        attributes = {"RawMessageDelivery": "true"}
        clients("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)
        allowed = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        clients("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        given, action = {"TopicArn": topic, "Message": "called"}, "publish"
    target = {"Arn": f"arn:aws:scheduler:::aws-sdk:{service}:{action}", "Input": json.dumps(given)}
    make(clients, f"universal-{service}", "rate(1 day)", {**target, "RoleArn": scheduler_role})
    # A rate starts at once.
    assert received(clients, url)[0]["Body"] == "called"


def test_what_cannot_be_called_is_a_dead_letter(
    clients: Clients, sandbox: Sandbox, scheduler_role: str
) -> None:
    url, letters = queue(clients, "schedule-letters")
    function = "arn:aws:lambda:us-east-1:000000000000:function:never-made"
    target = {
        "Arn": function,
        "RoleArn": scheduler_role,
        "Input": '{"a": 1}',
        "DeadLetterConfig": {"Arn": letters},
    }
    make(clients, "broken", "rate(1 day)", target)
    (letter,) = received(clients, url)
    told = {name: one["StringValue"] for name, one in letter["MessageAttributes"].items()}
    assert letter["Body"] == '{"a": 1}'
    assert told["ERROR_CODE"] == "ResourceNotFoundException"
    assert told["TARGET_ARN"] == function
    assert told["RETRY_ATTEMPTS"] == "0"
    clients("scheduler").delete_schedule(Name="broken")


@pytest.mark.parity("scheduler:GetSchedule", "scheduler:UpdateSchedule", "scheduler:ListSchedules")
def test_a_schedule_is_updated_switched_off_and_listed(
    clients: Clients, sandbox: Sandbox, scheduler_role: str
) -> None:
    url, arn = queue(clients, "switched")
    target = {"Arn": arn, "RoleArn": scheduler_role}
    make(clients, "switched", "cron(0 0 1 1 ? 2099)", target, Description="first")
    scheduler = clients("scheduler")
    found = scheduler.get_schedule(Name="switched")
    assert found["Target"]["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}
    assert (found["State"], found["ScheduleExpressionTimezone"]) == ("ENABLED", "UTC")
    given = {
        "Name": "switched",
        "ScheduleExpression": "rate(1 minute)",
        "FlexibleTimeWindow": OFF,
        "Target": target,
    }
    scheduler.update_schedule(**given, State="DISABLED")
    forward(sandbox, "1h")
    assert "Messages" not in clients("sqs").receive_message(QueueUrl=url)
    assert "Description" not in scheduler.get_schedule(Name="switched")
    listed = scheduler.list_schedules(NamePrefix="switched", State="DISABLED")["Schedules"]
    assert [(one["Name"], one["Target"]["Arn"]) for one in listed] == [("switched", arn)]
    scheduler.update_schedule(**given)
    assert [one["name"] for one in forward(sandbox, "2m") if one["name"] == "switched"]
    notice = json.loads(received(clients, url)[0]["Body"])
    assert (notice["source"], notice["detail-type"]) == ("aws.scheduler", "Scheduled Event")
    scheduler.delete_schedule(Name="switched")


@pytest.mark.parity(
    "scheduler:CreateScheduleGroup",
    "scheduler:GetScheduleGroup",
    "scheduler:ListScheduleGroups",
    "scheduler:DeleteScheduleGroup",
    "scheduler:ListTagsForResource",
    "scheduler:TagResource",
    "scheduler:UntagResource",
)
def test_a_group_goes_with_its_schedules(clients: Clients, scheduler_role: str) -> None:
    scheduler = clients("scheduler")
    tags = [{"Key": "stage", "Value": "test"}, {"Key": "gone", "Value": "soon"}]
    arn = scheduler.create_schedule_group(Name="own", Tags=tags)["ScheduleGroupArn"]
    scheduler.untag_resource(ResourceArn=arn, TagKeys=["gone"])
    scheduler.tag_resource(ResourceArn=arn, Tags=[{"Key": "new", "Value": "one"}])
    told = scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"]
    assert {one["Key"]: one["Value"] for one in told} == {"stage": "test", "new": "one"}
    _, target = queue(clients, "grouped")
    make(clients, "grouped", "rate(1 day)", {"Arn": target, "RoleArn": scheduler_role}, GroupName="own")
    assert scheduler.get_schedule_group(Name="own")["State"] == "ACTIVE"
    assert [one["Name"] for one in scheduler.list_schedule_groups()["ScheduleGroups"]] == ["default", "own"]
    scheduler.delete_schedule_group(Name="own")
    with pytest.raises(
        scheduler.exceptions.ResourceNotFoundException, match="Schedule group own does not exist"
    ):
        scheduler.get_schedule(Name="grouped", GroupName="own")


@pytest.mark.parity("events:PutRule")
def test_a_rule_fires_by_its_schedule(clients: Clients, sandbox: Sandbox) -> None:
    url, arn = queue(clients, "by-rule")
    events = clients("events")
    events.put_rule(Name="each-half-hour", ScheduleExpression="rate(30 minutes)")
    events.put_targets(Rule="each-half-hour", Targets=[{"Id": "queue", "Arn": arn}])
    fired = [one for one in forward(sandbox, "65m") if one["kind"] == "rule"]
    assert [one["what"] for one in fired] == [arn, arn]
    event = json.loads(received(clients, url, 2)[0]["Body"])
    assert (event["source"], event["detail-type"], event["detail"]) == ("aws.events", "Scheduled Event", {})
    assert event["resources"] == ["arn:aws:events:us-east-1:000000000000:rule/each-half-hour"]
    events.disable_rule(Name="each-half-hour")
    assert [one for one in forward(sandbox, "2h") if one["kind"] == "rule"] == []
    with pytest.raises(ClientError, match="Parameter ScheduleExpression is not valid"):
        events.put_rule(Name="bad", ScheduleExpression="rate(1 minutes)")


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ({"ScheduleExpression": "rate(1 hours)"}, "ValidationException", "Invalid Schedule Expression"),
        ({"ScheduleExpression": "cron(0 9 * * * *)"}, "ValidationException", "Invalid Schedule Expression"),
        ({"ScheduleExpression": "at(2020-01-01T00:00:00)"}, "ValidationException", "in the past"),
        (
            {"ScheduleExpressionTimezone": "Mars/Olympus"},
            "ValidationException",
            "Invalid ScheduleExpressionTimezone",
        ),
        ({"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}}, "ValidationException", "MaximumWindowInMinutes"),
        ({"EndDate": datetime(2020, 1, 1, tzinfo=UTC)}, "ValidationException", "EndDate"),
        ({"GroupName": "none"}, "ResourceNotFoundException", "Schedule group none does not exist"),
        ({"Name": "with space"}, "ValidationException", "regular expression pattern"),
        ({"KmsKeyArn": "arn:aws:kms:us-east-1:000000000000:key/a"}, "NotImplemented", "KmsKeyArn"),
        (
            {"Target": {"RoleArn": "arn:aws:iam::000000000000:role/none"}},
            "ValidationException",
            "assume the role",
        ),
        (
            {"Target": {"Arn": "arn:aws:ecs:us-east-1:000000000000:cluster/c"}},
            "NotImplemented",
            "arn:aws:ecs",
        ),
        (
            {"Target": {"Arn": "arn:aws:scheduler:::aws-sdk:ec2:stopInstances"}},
            "NotImplemented",
            "aws-sdk:ec2",
        ),
        (
            {"Target": {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:listQueues"}},
            "ValidationException",
            "not a supported",
        ),
        (
            {"Target": {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMail"}},
            "ValidationException",
            "not a valid api",
        ),
        (
            {"Target": {"Input": "{", "Arn": "arn:aws:lambda:us-east-1:000000000000:function:f"}},
            "ValidationException",
            "JSON",
        ),
    ],
)
def test_what_aws_or_the_sandbox_refuses(
    clients: Clients, scheduler_role: str, change: dict[str, Any], code: str, message: str
) -> None:
    target = {
        "Arn": "arn:aws:sqs:us-east-1:000000000000:q",
        "RoleArn": scheduler_role,
        **change.pop("Target", {}),
    }
    given = {
        "Name": "refused",
        "ScheduleExpression": "rate(1 hour)",
        "FlexibleTimeWindow": OFF,
        "Target": target,
    }
    with pytest.raises(ClientError, match=message) as caught:
        clients("scheduler").create_schedule(**{**given, **change})
    assert caught.value.response["Error"]["Code"] == code
