"""Lambda: asynchronous invocations to their end, and batches of queues."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from functions_support import Made, make, make_queue, receive

Clients = Callable[[str], Any]
FAILING = """
def main(event, context):
    if event.get("fail"):
        raise ValueError("as asked")
    return {"done": event}
"""
# Puts each batch that it gets into the bucket of its name, and fails what says so.
BATCHES = """
import json, boto3
s3 = boto3.client("s3")
def main(event, context):
    bodies = [record["body"] for record in event["Records"]]
    s3.put_object(Bucket=context.function_name, Key=context.aws_request_id, Body=json.dumps(bodies).encode())
    if "raise" in bodies:
        raise ValueError("as asked")
    if "garbage" in bodies:
        return {"batchItemFailures": [{"itemIdentifier": ""}]}
    failed = [record["messageId"] for record in event["Records"] if record["body"] == "fail"]
    return {"batchItemFailures": [{"itemIdentifier": one} for one in failed]}
"""


def configure(clients: Clients, function: Made, **destinations: str) -> None:
    clients("lambda").put_function_event_invoke_config(
        FunctionName=function.name,
        MaximumRetryAttempts=0,
        DestinationConfig={kind: {"Destination": arn} for kind, arn in destinations.items()},
    )


@pytest.mark.parity(
    "lambda:Invoke",
    "lambda:PutFunctionEventInvokeConfig",
    "lambda:GetFunctionEventInvokeConfig",
    "lambda:ListFunctionEventInvokeConfigs",
    "lambda:DeleteFunctionEventInvokeConfig",
)
def test_success_and_failure_reach_their_destinations_with_aws_record(clients: Clients) -> None:
    client, function = clients("lambda"), make(clients, FAILING)
    (good, good_arn), (bad, bad_arn) = make_queue(clients), make_queue(clients)
    configure(clients, function, OnSuccess=good_arn, OnFailure=bad_arn)
    assert client.get_function_event_invoke_config(FunctionName=function.name)["MaximumRetryAttempts"] == 0
    listed = client.list_function_event_invoke_configs(FunctionName=function.name)
    assert len(listed["FunctionEventInvokeConfigs"]) == 1
    assert function.send({"n": 1}) == 202
    assert function.send({"fail": True}) == 202
    (success,) = (json.loads(one["Body"]) for one in receive(clients, good))
    (failure,) = (json.loads(one["Body"]) for one in receive(clients, bad))
    assert success["requestPayload"] == {"n": 1}
    assert success["responsePayload"] == {"done": {"n": 1}}
    assert success["requestContext"]["condition"] == "Success"
    assert success["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"}
    assert failure["version"] == "1.0"
    assert failure["requestPayload"] == {"fail": True}
    assert failure["requestContext"]["functionArn"] == f"{function.arn}:$LATEST"
    assert failure["requestContext"]["condition"] == "RetriesExhausted"
    assert failure["requestContext"]["approximateInvokeCount"] == 1
    assert failure["responseContext"]["functionError"] == "Unhandled"
    assert failure["responsePayload"]["errorType"] == "ValueError"
    client.delete_function_event_invoke_config(FunctionName=function.name)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_function_event_invoke_config(FunctionName=function.name)


def test_a_dead_letter_is_the_event_with_what_went_wrong_beside_it(clients: Clients) -> None:
    url, arn = make_queue(clients)
    function = make(clients, FAILING, DeadLetterConfig={"TargetArn": arn})
    configure(clients, function)
    function.send({"fail": 1})
    (message,) = receive(clients, url)
    assert json.loads(message["Body"]) == {"fail": 1}
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert attributes.pop("RequestID")
    assert attributes == {"ErrorCode": "200", "ErrorMessage": "as asked"}


def test_a_function_a_topic_and_a_bus_can_be_destinations(clients: Clients) -> None:
    events, sns = clients("events"), clients("sns")
    url, arn = make_queue(clients)
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    clients("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    topic = sns.create_topic(Name="of-destinations")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    events.put_rule(Name="of-destinations", EventPattern=json.dumps({"source": ["lambda"]}))
    events.put_targets(Rule="of-destinations", Targets=[{"Id": "queue", "Arn": arn}])
    bus = events.describe_event_bus()["Arn"]
    last, first = make(clients, FAILING), make(clients, FAILING)
    configure(clients, first, OnSuccess=last.arn)
    configure(clients, last, OnSuccess=topic, OnFailure=bus)
    first.send({"n": 2})
    (told,) = (json.loads(one["Body"]) for one in receive(clients, url))
    assert told["requestPayload"]["requestPayload"] == {"n": 2}
    last.send({"fail": True})
    (event,) = (json.loads(one["Body"]) for one in receive(clients, url))
    assert event["detail-type"] == "Lambda Function Invocation Result - Failure"
    assert event["resources"] == [bus, f"{last.arn}:$LATEST"]
    assert event["detail"]["responsePayload"]["errorMessage"] == "as asked"


def test_rules_and_topics_invoke_asynchronously(clients: Clients) -> None:
    url, arn = make_queue(clients)
    function = make(clients, FAILING)
    configure(clients, function, OnSuccess=arn)
    topic = clients("sns").create_topic(Name="invoking")["TopicArn"]
    clients("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function.arn)
    clients("sns").publish(TopicArn=topic, Message="by a topic")
    (told,) = (json.loads(one["Body"]) for one in receive(clients, url))
    record = told["requestPayload"]["Records"][0]
    assert (record["EventSource"], record["Sns"]["Message"]) == ("aws:sns", "by a topic")
    rule = clients("events").put_rule(Name="invoking", EventPattern=json.dumps({"source": ["own"]}))
    clients("lambda").add_permission(
        FunctionName=function.arn,
        StatementId="rule",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=rule["RuleArn"],
    )
    clients("events").put_targets(Rule="invoking", Targets=[{"Id": "f", "Arn": function.arn}])
    clients("events").put_events(Entries=[{"Source": "own", "DetailType": "t", "Detail": '{"by": "a rule"}'}])
    (told,) = (json.loads(one["Body"]) for one in receive(clients, url))
    assert told["requestPayload"]["detail"] == {"by": "a rule"}


# Says that it has begun, and waits until five have.
FIVE = """
import time, boto3
s3 = boto3.client("s3")
def main(event, context):
    s3.put_object(Bucket=context.function_name, Key=context.aws_request_id, Body=b"[1]")
    while s3.list_objects_v2(Bucket=context.function_name)["KeyCount"] < 5:
        time.sleep(0.1)
"""


class Fed:
    """A function that keeps its batches, and the queue that feeds it."""

    def __init__(self, clients: Clients, /, *, source: str = BATCHES, **mapping: Any) -> None:
        self.clients = clients
        self.function = make(clients, source, Timeout=3 if source == BATCHES else 60)
        clients("s3").create_bucket(Bucket=self.function.name)
        self.dead, dead = make_queue(clients)
        redrive = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": "2"})
        self.url, self.arn = make_queue(clients, VisibilityTimeout="3", RedrivePolicy=redrive)
        self.mapping = mapping

    def send(self, *bodies: str) -> None:
        for start in range(0, len(bodies), 10):
            entries = [
                {"Id": str(number), "MessageBody": body}
                for number, body in enumerate(bodies[start : start + 10])
            ]
            self.clients("sqs").send_message_batch(QueueUrl=self.url, Entries=entries)

    def connect(self) -> str:
        # What the test waits for is not how long a cold start takes on a busy machine.
        self.function.invoke({"Records": []})
        client = self.clients("lambda")
        made = client.create_event_source_mapping(
            EventSourceArn=self.arn, FunctionName=self.function.name, **self.mapping
        )
        return str(made["UUID"])

    def batches(self, messages: int, within: float = 30) -> list[list[str]]:
        """Return the batches, as soon as they hold so many messages."""
        s3, deadline = self.clients("s3"), time.monotonic() + within
        while True:
            listed = s3.list_objects_v2(Bucket=self.function.name).get("Contents", ())
            found = [
                json.loads(s3.get_object(Bucket=self.function.name, Key=one["Key"])["Body"].read())
                for one in listed
            ]
            if sum(len(batch) for batch in found) >= messages:
                return [batch for batch in found if batch]
            assert time.monotonic() < deadline, found
            time.sleep(0.05)


REPORTS: dict[str, Any] = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}


def test_a_batch_has_its_size_and_only_what_failed_comes_again(clients: Clients) -> None:
    fed = Fed(clients, BatchSize=4, ScalingConfig={"MaximumConcurrency": 2}, **REPORTS)
    fed.send("a", "b", "fail", "c", "d")
    fed.connect()
    first = fed.batches(5)
    assert sorted(len(batch) for batch in first) == [1, 4]
    (dead,) = receive(clients, fed.dead)
    assert dead["Body"] == "fail"
    everything = [body for batch in fed.batches(6) for body in batch]
    assert sorted(everything) == ["a", "b", "c", "d", "fail", "fail"]


def test_batches_that_take_long_run_five_at_once(clients: Clients) -> None:
    fed = Fed(clients, source=FIVE, BatchSize=1)
    fed.clients("sqs").set_queue_attributes(QueueUrl=fed.url, Attributes={"VisibilityTimeout": "300"})
    fed.send(*(str(number) for number in range(5)))
    clients("lambda").create_event_source_mapping(
        EventSourceArn=fed.arn, FunctionName=fed.function.name, **fed.mapping
    )
    assert len(fed.batches(5)) == 5


def test_a_batch_that_fails_or_reports_nonsense_comes_again_whole(clients: Clients) -> None:
    # Both at once: each is waited for twice as long as a message is hidden.
    both = {what: Fed(clients, **REPORTS) for what in ("raise", "garbage")}
    for what, fed in both.items():
        fed.send("a", what)
        fed.connect()
    for what, fed in both.items():
        dead = receive(clients, fed.dead, count=2)
        assert sorted(message["Body"] for message in dead) == sorted(["a", what])


def test_a_window_gathers_a_batch_that_is_larger_than_one_receive(clients: Clients) -> None:
    fed = Fed(clients, BatchSize=20, MaximumBatchingWindowInSeconds=1)
    fed.send(*(str(number) for number in range(15)))
    fed.connect()
    assert [len(batch) for batch in fed.batches(15)] == [15]


@pytest.mark.parity("lambda:CreateEventSourceMapping", "lambda:UpdateEventSourceMapping")
def test_a_filter_drops_and_a_disabled_mapping_waits(clients: Clients) -> None:
    pattern = json.dumps({"body": {"kind": [{"prefix": "wanted"}], "n": [{"numeric": [">", 1]}]}})
    fed = Fed(clients, FilterCriteria={"Filters": [{"Pattern": pattern}]}, Enabled=False)
    bodies = [json.dumps({"kind": kind, "n": n}) for kind, n in (("wanted", 2), ("wanted", 1), ("other", 2))]
    fed.send(*bodies, "no json")
    mapping = fed.connect()
    left = {"AttributeNames": ["ApproximateNumberOfMessages"]}
    attributes = clients("sqs").get_queue_attributes(QueueUrl=fed.url, **left)["Attributes"]
    assert attributes == {"ApproximateNumberOfMessages": "4"}
    clients("lambda").update_event_source_mapping(UUID=mapping, Enabled=True)
    assert fed.batches(1) == [[bodies[0]]]
    counted = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    deadline = time.monotonic() + 10
    while True:
        told = clients("sqs").get_queue_attributes(QueueUrl=fed.url, AttributeNames=counted)["Attributes"]
        if {told[name] for name in counted} == {"0"}:
            break
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"BatchSize": 11}, "Maximum batch window in seconds must be greater than 0"),
        ({"FilterCriteria": {"Filters": [{"Pattern": '{"body": "no list"}'}]}}, "Invalid filter pattern"),
        ({"EventSourceArn": "arn:aws:sqs:us-east-1:000000000000:none"}, "NonExistentQueue"),
        ({"ParallelizationFactor": 2}, "CreateEventSourceMapping ParallelizationFactor isn't carried out"),
    ],
    ids=["size", "filter", "queue", "streams"],
)
def test_a_wrong_mapping_is_refused(clients: Clients, fields: dict[str, Any], message: str) -> None:
    _, arn = make_queue(clients)
    function = make(clients, FAILING)
    given = {"EventSourceArn": arn, "FunctionName": function.name, **fields}
    with pytest.raises(ClientError, match=message):
        clients("lambda").create_event_source_mapping(**given)
