"""What the base was mended in: S3's events, deliveries that fail, and functions."""

from __future__ import annotations

import io
import json
import time
import urllib.request
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from s_infra.sandbox.supervisor import Sandbox

Clients = Callable[[str], Any]
ROLE = "arn:aws:iam::000000000000:role/any"
SOURCE = """
import json, os
import boto3


class BadFileError(Exception):
    pass


def main(event, context):
    if event.get("show") == "environment":
        return dict(os.environ)
    if event.get("fail"):
        raise BadFileError("line 1\\nline 2: not a number")
    failed = []
    for record in event["Records"]:
        if "poison" in record["body"]:
            failed.append({"itemIdentifier": record["messageId"]})
        else:
            boto3.client("s3").put_object(
                Bucket=os.environ["RESULTS"], Key=record["messageId"], Body=record["body"].encode()
            )
    return {"batchItemFailures": failed}
"""


def arn_of(queue: str) -> str:
    return f"arn:aws:sqs:us-east-1:000000000000:{queue}"


def make_queue(
    clients: Clients, *, sender: str | None = "events.amazonaws.com", **attributes: str
) -> tuple[str, str]:
    name = f"q-{uuid.uuid4().hex}"
    if sender:
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": sender},
            "Action": "sqs:SendMessage",
            "Resource": arn_of(name),
        }
        attributes["Policy"] = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return name, clients("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]


def receive(clients: Clients, url: str, count: int = 1, within: float = 10) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    deadline = time.monotonic() + within
    while len(found) < count and time.monotonic() < deadline:
        answer = clients("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            clients("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found.append(json.loads(message["Body"]))
    return found


def make_bucket(clients: Clients, *, versioned: bool = True) -> str:
    name = f"b-{uuid.uuid4().hex}"
    s3 = clients("s3")
    s3.create_bucket(Bucket=name)
    if versioned:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_notification_configuration(
        Bucket=name, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    return name


def route(clients: Clients, pattern: dict[str, Any], target: str, **fields: Any) -> None:
    name = f"r-{uuid.uuid4().hex}"
    clients("events").put_rule(Name=name, EventPattern=json.dumps(pattern))
    clients("events").put_targets(Rule=name, Targets=[{"Id": "1", "Arn": target, **fields}])


def of_bucket(name: str, kind: str = "Object Created") -> dict[str, Any]:
    return {"source": ["aws.s3"], "detail-type": [kind], "detail": {"bucket": {"name": [name]}}}


class TestObjectEvents:
    """S3 to EventBridge."""

    def test_a_created_object_is_told_with_its_version(self, clients: Clients) -> None:
        bucket, (queue, url) = make_bucket(clients), make_queue(clients)
        route(clients, of_bucket(bucket), arn_of(queue))
        key = "train/a b+ü=1.csv"
        put = clients("s3").put_object(Bucket=bucket, Key=key, Body=b"1,2\n")
        (event,) = receive(clients, url)
        detail = event["detail"]
        sequencer = detail["object"].pop("sequencer")
        assert detail["object"] == {
            "key": key,
            "size": 4,
            "etag": put["ETag"].strip('"'),
            "version-id": put["VersionId"],
        }
        assert int(sequencer, 16) > 0
        assert (detail["bucket"], detail["reason"]) == ({"name": bucket}, "PutObject")
        assert (event["source"], event["resources"]) == ("aws.s3", [f"arn:aws:s3:::{bucket}"])

    def test_each_version_has_its_event_and_a_later_sequencer(self, clients: Clients) -> None:
        bucket, (queue, url) = make_bucket(clients), make_queue(clients)
        route(clients, of_bucket(bucket), arn_of(queue))
        versions = [
            clients("s3").put_object(Bucket=bucket, Key="k", Body=b"x")["VersionId"] for _ in range(5)
        ]
        objects = [event["detail"]["object"] for event in receive(clients, url, count=5)]
        in_order = sorted(objects, key=lambda found: int(found["sequencer"], 16))
        assert [found["version-id"] for found in in_order] == versions

    def test_a_deletion_names_its_marker(self, clients: Clients) -> None:
        bucket, (queue, url) = make_bucket(clients), make_queue(clients)
        route(clients, of_bucket(bucket, "Object Deleted"), arn_of(queue))
        clients("s3").put_object(Bucket=bucket, Key="k", Body=b"x")
        marker = clients("s3").delete_object(Bucket=bucket, Key="k")["VersionId"]
        (event,) = receive(clients, url)
        assert event["detail"]["object"]["version-id"] == marker
        assert event["detail"]["deletion-type"] == "Delete Marker Created"
        assert "size" not in event["detail"]["object"]

    def test_without_versions_there_is_none(self, clients: Clients) -> None:
        bucket, (queue, url) = make_bucket(clients, versioned=False), make_queue(clients)
        route(clients, of_bucket(bucket), arn_of(queue))
        clients("s3").put_object(Bucket=bucket, Key="k", Body=b"x")
        (event,) = receive(clients, url)
        assert "version-id" not in event["detail"]["object"]


class TestDeliveries:
    """EventBridge to what it may not, or can't, deliver to."""

    @pytest.mark.parametrize("problem", ["no queue", "no policy"])
    def test_what_cannot_be_delivered_is_a_dead_letter(self, clients: Clients, problem: str) -> None:
        dead, url = make_queue(clients)
        target = "none" if problem == "no queue" else make_queue(clients, sender=None)[0]
        source = uuid.uuid4().hex
        route(clients, {"source": [source]}, arn_of(target), DeadLetterConfig={"Arn": arn_of(dead)})
        clients("events").put_events(Entries=[{"Source": source, "DetailType": "t", "Detail": '{"n": 1}'}])
        (event,) = receive(clients, url)
        assert (event["source"], event["detail"]) == (source, {"n": 1})

    @pytest.mark.parity("events:PutEvents", "events:PutRule", "events:PutTargets")
    def test_what_can_be_delivered_is_no_dead_letter(self, clients: Clients) -> None:
        (dead, dead_url), (queue, url) = make_queue(clients), make_queue(clients)
        source = uuid.uuid4().hex
        route(clients, {"source": [source]}, arn_of(queue), DeadLetterConfig={"Arn": arn_of(dead)})
        clients("events").put_events(Entries=[{"Source": source, "DetailType": "t", "Detail": "{}"}])
        assert len(receive(clients, url)) == 1
        assert receive(clients, dead_url, within=0.5) == []

    def test_a_machine_s_changes_are_told(self, clients: Clients) -> None:
        queue, url = make_queue(clients)
        route(clients, {"source": ["aws.states"], "detail": {"status": ["RUNNING", "FAILED"]}}, arn_of(queue))
        client = clients("stepfunctions")
        states = {"A": {"Type": "Fail", "Error": "Mine", "Cause": "why"}}
        definition = json.dumps({"QueryLanguage": "JSONata", "StartAt": "A", "States": states})
        arn = client.create_state_machine(name="failing", definition=definition, roleArn=ROLE)[
            "stateMachineArn"
        ]
        execution = client.start_execution(stateMachineArn=arn, input='{"n": 1}')["executionArn"]
        running, failed = sorted(
            receive(clients, url, count=2), key=lambda event: -len(event["detail"]["status"])
        )
        assert (running["detail"]["status"], running["detail"]["stopDate"]) == ("RUNNING", None)
        assert failed["detail-type"] == "Step Functions Execution Status Change"
        assert failed["resources"] == [execution]
        told = {key: failed["detail"][key] for key in ("status", "error", "cause", "input", "redriveStatus")}
        assert told == {
            "status": "FAILED",
            "error": "Mine",
            "cause": "why",
            "input": '{"n": 1}',
            "redriveStatus": "REDRIVABLE",
        }


@pytest.fixture(scope="module")
def function(clients: Clients) -> str:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("handler.py", SOURCE)
    clients("s3").create_bucket(Bucket="results")
    made = clients("lambda").create_function(
        FunctionName="function",
        Runtime="python3.12",
        Role=ROLE,
        Handler="handler.main",
        Code={"ZipFile": code.getvalue()},
        Timeout=3,
        Environment={"Variables": {"RESULTS": "results"}},
    )
    return str(made["FunctionArn"])


class TestFunctions:
    """Lambda: its environment, its errors, its queue."""

    def invoke(self, clients: Clients, event: dict[str, Any]) -> tuple[str | None, Any]:
        answer = clients("lambda").invoke(FunctionName="function", Payload=json.dumps(event))
        return answer.get("FunctionError"), json.loads(answer["Payload"].read())

    def test_it_sees_its_own_environment(self, clients: Clients, function: str) -> None:
        _, variables = self.invoke(clients, {"show": "environment"})
        assert variables["RESULTS"] == "results"
        assert variables["AWS_REGION"] == "us-east-1"
        assert variables["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
        assert variables["AWS_LAMBDA_FUNCTION_NAME"] == "function"
        unknown = ("GATEWAY_PORT", "BIND_HOST", "S3_DATA_DIR", "MINISTACK_HOST", "HOME", "S_INFRA_STATE_DIR")
        assert [name for name in unknown if name in variables] == []

    def test_its_error_has_its_name(self, clients: Clients, function: str) -> None:
        error, payload = self.invoke(clients, {"fail": True})
        assert error == "Unhandled"
        assert payload["errorType"] == "BadFileError"
        assert payload["errorMessage"] == "line 1\nline 2: not a number"
        assert ["/var/task/handler.py" in frame for frame in payload["stackTrace"]] == [True]

    @pytest.mark.parity("task:lambda:invoke", "lambda:Invoke")
    def test_a_machine_gets_its_result_and_catches_its_error(self, clients: Clients, function: str) -> None:
        invoke = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke"}
        name = "{% $states.result.Payload.AWS_LAMBDA_FUNCTION_NAME %}"
        good = {"Arguments": {"FunctionName": function, "Payload": {"show": "environment"}}, "Output": name}
        bad = {"Arguments": {"FunctionName": function, "Payload": {"fail": True}}}
        catch = [
            {
                "ErrorEquals": ["BadFileError"],
                "Output": "{% $parse($states.errorOutput.Cause) %}",
                "Next": "End",
            }
        ]
        states = {
            "Good": {**invoke, **good, "Assign": {"good": name}, "Next": "Bad"},
            "Bad": {**invoke, **bad, "Catch": catch, "End": True},
            "End": {"Type": "Succeed", "Output": ["{% $good %}", "{% $states.input.errorMessage %}"]},
        }
        definition = json.dumps({"QueryLanguage": "JSONata", "StartAt": "Good", "States": states})
        client = clients("stepfunctions")
        arn = client.create_state_machine(name="calling", definition=definition, roleArn=ROLE)[
            "stateMachineArn"
        ]
        execution = client.start_execution(stateMachineArn=arn)["executionArn"]
        deadline = time.monotonic() + 10
        while (found := client.describe_execution(executionArn=execution))["status"] == "RUNNING":
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert json.loads(found["output"]) == ["function", "line 1\nline 2: not a number"]

    def test_a_landed_object_reaches_it_and_poison_ends_as_a_dead_letter(
        self, clients: Clients, function: str
    ) -> None:
        dead, dead_url = make_queue(clients)
        redrive = json.dumps({"deadLetterTargetArn": arn_of(dead), "maxReceiveCount": "2"})
        queue, url = make_queue(clients, VisibilityTimeout="3", RedrivePolicy=redrive)
        clients("lambda").create_event_source_mapping(
            EventSourceArn=arn_of(queue),
            FunctionName=function,
            BatchSize=10,
            FunctionResponseTypes=["ReportBatchItemFailures"],
        )
        bucket = make_bucket(clients)
        route(clients, of_bucket(bucket), arn_of(queue))
        clients("sqs").send_message(QueueUrl=url, MessageBody='"poison"')
        put = clients("s3").put_object(Bucket=bucket, Key="landed", Body=b"x")
        started = time.monotonic()
        while not (found := clients("s3").list_objects_v2(Bucket="results").get("Contents", [])):
            assert time.monotonic() - started < 5
            time.sleep(0.01)
        body = clients("s3").get_object(Bucket="results", Key=found[0]["Key"])["Body"].read()
        assert json.loads(body)["detail"]["object"]["version-id"] == put["VersionId"]
        (poison,) = receive(clients, dead_url)
        assert str(poison) == "poison"

    def test_a_queue_must_hide_messages_for_longer_than_the_function_may_take(
        self, clients: Clients, function: str
    ) -> None:
        queue, _ = make_queue(clients, VisibilityTimeout="2")
        told = "Queue visibility timeout: 2 seconds is less than Function timeout: 3 seconds"
        with pytest.raises(clients("lambda").exceptions.InvalidParameterValueException, match=told):
            clients("lambda").create_event_source_mapping(EventSourceArn=arn_of(queue), FunctionName=function)


class TestTopics:
    """SNS from a machine."""

    @pytest.mark.parity("sns:Publish", "sns:Subscribe")
    def test_a_publication_reaches_its_subscribers(self, clients: Clients, sandbox: Sandbox) -> None:
        sns, (queue, url) = clients("sns"), make_queue(clients, sender="sns.amazonaws.com")
        topic = sns.create_topic(Name="told")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(queue))
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="somebody@example.org")
        arguments = {"TopicArn": topic, "Subject": "done", "Message": {"run": "{% $states.input.run %}"}}
        task = {
            "Type": "Task",
            "Resource": "arn:aws:states:::sns:publish",
            "Arguments": arguments,
            "End": True,
        }
        definition = json.dumps({"QueryLanguage": "JSONata", "StartAt": "T", "States": {"T": task}})
        client = clients("stepfunctions")
        arn = client.create_state_machine(name="telling", definition=definition, roleArn=ROLE)[
            "stateMachineArn"
        ]
        client.start_execution(stateMachineArn=arn, input='{"run": "r-1"}')
        (message,) = receive(clients, url)
        assert (message["Subject"], json.loads(message["Message"])) == ("done", {"run": "r-1"})
        with urllib.request.urlopen(f"{sandbox.endpoint}/_s_infra/mail") as answer:
            (mail,) = json.load(answer)["mails"]
        assert (mail["to"], mail["subject"]) == ("somebody@example.org", "done")
        assert json.loads(mail["message"]) == {"run": "r-1"}
