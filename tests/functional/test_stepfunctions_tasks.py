"""Tasks that wait: callbacks, nested machines, time-outs, heartbeats; the messages that they send."""

from __future__ import annotations

import io
import json
import threading
import time
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError
from events_support import Bus
from landings_support import Landings
from machine_support import ROLE, Clients, Runs, call

WAIT: dict[str, Any] = {"W": {"Type": "Wait", "Seconds": 600, "End": True}}


@pytest.fixture
def runs(clients: Clients) -> Runs:
    return Runs(clients)


@pytest.fixture
def queue(clients: Clients, request: pytest.FixtureRequest) -> str:
    return str(clients("sqs").create_queue(QueueName=f"q-{abs(hash(request.node.name))}")["QueueUrl"])


def asking(queue: str, **fields: Any) -> dict[str, Any]:
    body = {"token": "{% $states.context.Task.Token %}", "n": "{% $states.input.n %}"}
    return call("sqs:sendMessage.waitForTaskToken", {"QueueUrl": queue, "MessageBody": body}, **fields)


def asked(clients: Clients, queue: str) -> dict[str, Any]:
    found = clients("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"]
    return dict(json.loads(found[0]["Body"]))


@pytest.mark.parity("task:sqs:sendMessage.waitForTaskToken", "states:SendTaskSuccess")
def test_a_task_waits_for_its_token(runs: Runs, clients: Clients, queue: str) -> None:
    arn = runs.start({"Ask": asking(queue)}, {"n": 3})
    message = asked(clients, queue)
    assert message["n"] == 3
    runs.states.send_task_success(taskToken=message["token"], output='{"answer": 4}')
    assert json.loads(runs.ended(arn)["output"]) == {"answer": 4}
    assert runs.types(arn)[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]
    with pytest.raises(runs.states.exceptions.TaskTimedOut):
        runs.states.send_task_success(taskToken=message["token"], output="1")


@pytest.mark.parity("states:SendTaskFailure")
def test_a_token_s_failure_is_caught_by_its_name(runs: Runs, clients: Clients, queue: str) -> None:
    catch = [{"ErrorEquals": ["Theirs"], "Output": "{% $states.errorOutput %}", "Next": "End"}]
    states = {"Ask": asking(queue, Catch=catch), "End": {"Type": "Succeed"}}
    arn = runs.start(states, {"n": 1})
    runs.states.send_task_failure(taskToken=asked(clients, queue)["token"], error="Theirs", cause="c")
    assert json.loads(runs.ended(arn)["output"]) == {"Error": "Theirs", "Cause": "c"}


@pytest.mark.parity("states:SendTaskHeartbeat")
def test_a_task_that_is_not_heard_of_times_out(runs: Runs, clients: Clients, queue: str) -> None:
    catch = [{"ErrorEquals": ["States.HeartbeatTimeout"], "Output": "late", "Next": "End"}]
    states = {"Ask": asking(queue, HeartbeatSeconds=1, Catch=catch), "End": {"Type": "Succeed"}}
    begun = time.monotonic()
    arn = runs.start(states, {"n": 1})
    token = asked(clients, queue)["token"]
    while time.monotonic() < begun + 1.5:
        runs.states.send_task_heartbeat(taskToken=token)
        time.sleep(0.1)
    assert runs.states.describe_execution(executionArn=arn)["status"] == "RUNNING"
    assert json.loads(runs.ended(arn)["output"]) == "late"
    assert "TaskTimedOut" in runs.types(arn)
    with pytest.raises(ClientError, match="TaskTimedOut"):
        runs.states.send_task_heartbeat(taskToken=token)


@pytest.mark.parity("task:states:startExecution.sync:2", "task:states:startExecution.sync")
def test_a_nested_machine_s_output_is_the_result(runs: Runs) -> None:
    inner = runs.make({"P": {"Type": "Pass", "Output": {"n": "{% $states.input.n + 1 %}"}, "End": True}})
    arguments = {"StateMachineArn": inner, "Input": {"n": "{% $states.input.n %}"}}
    result = runs.output({"Sub": call("states:startExecution.sync:2", arguments)}, {"n": 1})
    assert (result["Output"], result["Input"], result["Status"]) == ({"n": 2}, {"n": 1}, "SUCCEEDED")
    result = runs.output({"Sub": call("states:startExecution.sync", arguments)}, {"n": 1})
    assert result["Output"] == '{"n": 2}'


@pytest.mark.parity("task:states:startExecution", "task:states:startExecution.waitForTaskToken")
def test_a_machine_starts_another_and_goes_on_or_waits_for_its_word(runs: Runs) -> None:
    sending = call(
        "aws-sdk:sfn:sendTaskSuccess",
        {"TaskToken": "{% $states.input.token %}", "Output": '"word"'},
    )
    inner = runs.make({"Send": sending})
    arguments = {"StateMachineArn": inner, "Input": {"token": "{% $states.context.Task.Token %}"}}
    assert runs.output({"Sub": call("states:startExecution.waitForTaskToken", arguments)}) == "word"
    other = runs.make({"P": {"Type": "Pass", "End": True}})
    started = runs.output({"Sub": call("states:startExecution", {"StateMachineArn": other, "Name": "own"})})
    assert started["ExecutionArn"].endswith(":own")
    assert runs.ended(started["ExecutionArn"])["status"] == "SUCCEEDED"


def test_a_nested_failure_fails_the_task_and_a_time_out_stops_it(runs: Runs) -> None:
    inner = runs.make({"F": {"Type": "Fail", "Error": "Mine"}})
    found = runs.run({"Sub": call("states:startExecution.sync:2", {"StateMachineArn": inner})})
    assert found["error"] == "States.TaskFailed"
    assert json.loads(found["cause"])["Error"] == "Mine"
    slow = runs.make(WAIT)
    for field, error in (
        ("TimeoutSeconds", "States.Timeout"),
        ("HeartbeatSeconds", "States.HeartbeatTimeout"),
    ):
        task = call("states:startExecution.sync:2", {"StateMachineArn": slow}, **{field: 1})
        assert runs.run({"Sub": task})["error"] == error
    children = runs.states.list_executions(stateMachineArn=slow)["executions"]
    assert [runs.ended(child["executionArn"])["status"] for child in children] == ["ABORTED"] * 2


@pytest.mark.parity("task:sqs:sendMessage", "task:sns:publish", "task:events:putEvents*")
def test_objects_are_sent_as_json(runs: Runs, clients: Clients, queue: str) -> None:
    sent = call("sqs:sendMessage", {"QueueUrl": queue, "MessageBody": {"n": "{% $states.input.n %}"}})
    assert "MessageId" in runs.output({"Send": sent}, {"n": 1})
    assert asked(clients, queue) == {"n": 1}
    bus = Bus(clients, "machine")
    entry = {"Source": "machine", "DetailType": "told", "Detail": {"n": "{% $states.input.n %}"}}
    told = runs.output({"Tell": call("events:putEvents", {"Entries": [entry]})}, {"n": 2})
    assert told["FailedEntryCount"] == 0
    assert bus.until(lambda event: True)["detail"] == {"n": 2}
    topic = clients("sns").create_topic(Name="t")["TopicArn"]
    assert "MessageId" in runs.output({"P": call("sns:publish", {"TopicArn": topic, "Message": {"n": 1}})})
    waits = {
        "Tell": call(
            "events:putEvents.waitForTaskToken",
            {"Entries": [{**entry, "Detail": {"token": "{% $states.context.Task.Token %}"}}]},
        )
    }
    arn = runs.start(waits)
    event = bus.until(lambda one: "token" in one["detail"])
    runs.states.send_task_success(taskToken=event["detail"]["token"], output="1")
    assert json.loads(runs.ended(arn)["output"]) == 1


def make_function(clients: Clients, name: str, code: str) -> str:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("code.py", code)
    made = clients("lambda").create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=ROLE,
        Handler="code.handler",
        Code={"ZipFile": archive.getvalue()},
    )
    return str(made["FunctionArn"])


@pytest.mark.parity("task:lambda:invoke.waitForTaskToken", "task:sns:publish.waitForTaskToken")
def test_functions_and_topics_hand_tokens_on(runs: Runs, clients: Clients, queue: str) -> None:
    make_function(clients, "echo", "def handler(event, context):\n    return event\n")
    token = {"token": "{% $states.context.Task.Token %}"}
    arn = runs.start(
        {"F": call("lambda:invoke.waitForTaskToken", {"FunctionName": "echo", "Payload": token})}
    )
    runs.until(arn, "TaskSubmitted")
    answer = next(event for event in runs.events(arn) if event["type"] == "TaskSubmitted")
    payload = json.loads(answer["taskSubmittedEventDetails"]["output"])["Payload"]
    runs.states.send_task_success(taskToken=payload["token"], output="1")
    assert json.loads(runs.ended(arn)["output"]) == 1
    topic = clients("sns").create_topic(Name="asking")["TopicArn"]
    arns = clients("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    raw = {"RawMessageDelivery": "true"}
    clients("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arns["QueueArn"], Attributes=raw)
    arn = runs.start({"P": call("sns:publish.waitForTaskToken", {"TopicArn": topic, "Message": token})})
    runs.states.send_task_success(taskToken=asked(clients, queue)["token"], output="2")
    assert json.loads(runs.ended(arn)["output"]) == 2


def test_a_hundred_executions_at_once(runs: Runs, clients: Clients) -> None:
    bucket = runs.bucket()
    put = call(
        "aws-sdk:s3:putObject",
        {"Bucket": bucket, "Key": "{% $string($states.input.n) %}", "Body": "{% $states.input.n %}"},
        Output="{% $states.input %}",
        Next="Wait",
    )
    states = {"Put": put, "Wait": {"Type": "Wait", "Seconds": 1, "Next": "End"}, "End": {"Type": "Succeed"}}
    machine = runs.make(states)
    arns: dict[int, str] = {}

    def start(numbers: range) -> None:
        for number in numbers:
            arns[number] = runs.start(machine, {"n": number})

    threads = [threading.Thread(target=start, args=(range(k, 100, 10),)) for k in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outputs = {number: json.loads(runs.ended(arn)["output"]) for number, arn in arns.items()}
    assert outputs == {number: {"n": number} for number in range(100)}
    keys = [entry["Key"] for entry in clients("s3").list_objects_v2(Bucket=bucket)["Contents"]]
    assert sorted(map(int, keys)) == list(range(100))


def test_a_thousand_landings_start_a_thousand_executions(clients: Clients) -> None:
    # How long it takes is for `make bench` to say: 10 seconds are its aim.
    Landings(clients).land(1000, within=90)


RAISES = """
class TooSmallError(Exception):
    pass


def handler(event, context):
    if event["n"] < 2:
        raise TooSmallError("n is too small")
    return {"n": event["n"] * 10}
"""


@pytest.mark.parity("task:lambda:function")
def test_a_machine_in_jsonpath_calls_functions_and_services(runs: Runs, clients: Clients) -> None:
    bucket = runs.bucket()
    catch = [{"ErrorEquals": ["TooSmallError"], "ResultPath": "$.problem", "Next": "Keep"}]
    states = {
        "Call": {
            "Type": "Task",
            "Resource": make_function(clients, "ten", RAISES),
            "Parameters": {"n.$": "$.n"},
            "ResultPath": "$.called",
            "Retry": [{"ErrorEquals": ["TooSmallError"], "MaxAttempts": 1, "IntervalSeconds": 1}],
            "Catch": catch,
            "Next": "Keep",
        },
        "Keep": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:s3:putObject",
            "Parameters": {"Bucket": bucket, "Key.$": "States.Format('{}.json', $.n)", "Body.$": "$"},
            "ResultSelector": {"tag.$": "$.ETag"},
            "ResultPath": "$.kept",
            "OutputPath": "$.kept.tag",
            "End": True,
        },
    }
    good = runs.run(states, {"n": 2}, QueryLanguage="JSONPath")
    assert good["status"] == "SUCCEEDED", good
    bad = runs.run(states, {"n": 1}, QueryLanguage="JSONPath")

    def kept(name: str) -> Any:
        return json.load(clients("s3").get_object(Bucket=bucket, Key=name)["Body"])

    assert kept("2.json") == {"n": 2, "called": {"n": 20}}
    problem = kept("1.json")["problem"]
    assert problem["Error"] == "TooSmallError"
    assert json.loads(problem["Cause"])["errorMessage"] == "n is too small"
    assert runs.types(bad["executionArn"])[1:8] == [
        *("TaskStateEntered", "LambdaFunctionScheduled", "LambdaFunctionStarted", "LambdaFunctionFailed"),
        *("LambdaFunctionScheduled", "LambdaFunctionStarted", "LambdaFunctionFailed"),
    ]
