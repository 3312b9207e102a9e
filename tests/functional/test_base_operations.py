"""Operations that no other test calls, each held to what it changes or tells."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

Clients = Callable[[str], Any]
ROLE = "arn:aws:iam::000000000000:role/anything"
PATTERN = '{"source": ["own"]}'


@pytest.mark.parity(
    "events:DisableRule",
    "events:EnableRule",
    "events:ListRules",
    "events:ListRuleNamesByTarget",
    "events:DescribeRule",
    "events:DescribeEventBus",
    "events:ListEventBuses",
    "events:TestEventPattern",
    "events:ListTargetsByRule",
)
def test_rules_are_listed_switched_and_tried(clients: Clients) -> None:
    events, sqs = clients("events"), clients("sqs")
    queue = sqs.create_queue(QueueName="listed")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="listed", EventPattern=PATTERN)
    events.put_targets(Rule="listed", Targets=[{"Id": "queue", "Arn": arn}])
    assert events.list_rule_names_by_target(TargetArn=arn)["RuleNames"] == ["listed"]
    assert [one["Id"] for one in events.list_targets_by_rule(Rule="listed")["Targets"]] == ["queue"]
    for change, state in ((events.disable_rule, "DISABLED"), (events.enable_rule, "ENABLED")):
        change(Name="listed")
        assert events.describe_rule(Name="listed")["State"] == state
        assert events.list_rules(NamePrefix="listed")["Rules"][0]["State"] == state
    assert "default" in [bus["Name"] for bus in events.list_event_buses()["EventBuses"]]
    assert events.describe_event_bus()["Name"] == "default"
    for source, expected in (("own", True), ("other", False)):
        event: dict[str, Any] = {"id": "1", "account": "0", "source": source, "time": "2024-01-01T00:00:00Z"}
        event |= {"region": "us-east-1", "resources": [], "detail-type": "any", "detail": {}}
        tried = events.test_event_pattern(EventPattern=PATTERN, Event=json.dumps(event))
        assert tried["Result"] is expected


@pytest.mark.parity(
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:DeleteLogGroup",
    "logs:DeleteLogStream",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:ListTagsLogGroup",
    "logs:PutLogEvents",
    "logs:TagLogGroup",
    "logs:UntagLogGroup",
)
def test_log_events_are_kept_found_and_deleted(clients: Clients) -> None:
    logs, group = clients("logs"), "/own/group"
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="stream")
    now = int(time.time() * 1000)
    events = [{"timestamp": now + number, "message": f"line {number}"} for number in range(3)]
    logs.put_log_events(logGroupName=group, logStreamName="stream", logEvents=events)
    found = logs.get_log_events(logGroupName=group, logStreamName="stream", startFromHead=True)["events"]
    assert [event["message"] for event in found] == ["line 0", "line 1", "line 2"]
    filtered = logs.filter_log_events(logGroupName=group, filterPattern='"line 1"')["events"]
    assert [event["message"] for event in filtered] == ["line 1"]
    logs.tag_log_group(logGroupName=group, tags={"stage": "test", "gone": "soon"})
    logs.untag_log_group(logGroupName=group, tags=["gone"])
    assert logs.list_tags_log_group(logGroupName=group)["tags"] == {"stage": "test"}
    logs.delete_log_stream(logGroupName=group, logStreamName="stream")
    assert logs.describe_log_streams(logGroupName=group)["logStreams"] == []
    logs.delete_log_group(logGroupName=group)
    assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"] == []


@pytest.mark.parity("glue:GetJobs", "glue:ListJobs", "glue:GetTags")
def test_glue_jobs_are_listed_with_their_tags(clients: Clients) -> None:
    glue = clients("glue")
    command = {"Name": "pythonshell", "PythonVersion": "3.9", "ScriptLocation": "s3://any/script.py"}
    for name in ("one", "two"):
        glue.create_job(Name=name, Role=ROLE, Command=command, Tags={"name": name})
    assert glue.list_jobs()["JobNames"] == ["one", "two"]
    first = glue.get_jobs(MaxResults=1)
    rest = glue.get_jobs(NextToken=first["NextToken"])
    assert [job["Name"] for page in (first, rest) for job in page["Jobs"]] == ["one", "two"]
    arn = "arn:aws:glue:us-east-1:000000000000:job/two"
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"name": "two"}


@pytest.mark.parity(
    "states:ListStateMachines",
    "states:ListStateMachineVersions",
    "states:DescribeStateMachineForExecution",
    "states:DeleteStateMachine",
)
def test_machines_are_listed_and_an_execution_remembers_its_own(clients: Clients) -> None:
    states = clients("stepfunctions")
    text = json.dumps({"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    arn = states.create_state_machine(name="listed", definition=text, roleArn=ROLE)["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=arn)["executionArn"]
    assert arn in [one["stateMachineArn"] for one in states.list_state_machines()["stateMachines"]]
    assert states.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"] == []
    other = text.replace('"A"', '"B"')
    states.update_state_machine(stateMachineArn=arn, definition=other)
    remembered = states.describe_state_machine_for_execution(executionArn=execution)
    assert json.loads(remembered["definition"]) == json.loads(text)
    states.delete_state_machine(stateMachineArn=arn)
    assert arn not in [one["stateMachineArn"] for one in states.list_state_machines()["stateMachines"]]


CALLS = {
    "cloudwatch:describeAlarms": "MetricAlarms",
    "ecr:describeRepositories": "Repositories",
    "eventbridge:listRules": "Rules",
    "glue:listJobs": "JobNames",
    "lambda:listFunctions": "Functions",
    "rds:describeDBInstances": "DbInstances",
    "s3:listBuckets": "Buckets",
    "sagemaker:listModels": "Models",
    "scheduler:listSchedules": "Schedules",
    "secretsmanager:listSecrets": "SecretList",
    "sfn:listStateMachines": "StateMachines",
    "sns:listTopics": "Topics",
    "sts:getCallerIdentity": "Account",
}


@pytest.mark.parity("task:aws-sdk:*")
@pytest.mark.parametrize("call", CALLS)
def test_a_task_calls_any_operation_of_the_services(clients: Clients, call: str) -> None:
    output = _run(clients, {"Resource": f"arn:aws:states:::aws-sdk:{call}", "Arguments": {}})
    assert CALLS[call] in output


def test_a_task_sends_a_message(clients: Clients) -> None:
    queue = clients("sqs").create_queue(QueueName="of-a-task")["QueueUrl"]
    send = "arn:aws:states:::aws-sdk:sqs:sendMessage"
    _run(clients, {"Resource": send, "Arguments": {"QueueUrl": queue, "MessageBody": "told"}})
    assert clients("sqs").receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "told"


def _run(clients: Clients, task: dict[str, Any]) -> Any:
    states = clients("stepfunctions")
    definition = {"QueryLanguage": "JSONata", "StartAt": "T", "States": {"T": {"Type": "Task", **task}}}
    definition["States"]["T"]["End"] = True  # type: ignore[index]
    name = f"task-{time.monotonic_ns()}"
    arn = states.create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE)
    execution = states.start_execution(stateMachineArn=arn["stateMachineArn"])["executionArn"]
    deadline = time.monotonic() + 15
    while (found := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert found["status"] == "SUCCEEDED", found
    return json.loads(found["output"])
