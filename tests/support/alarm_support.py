"""What the tests of alarms and schedules share: a clock to move, a queue to look into, a function."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable
from typing import Any

from s_infra.sandbox import clock, pages
from s_infra.sandbox.supervisor import Sandbox

Clients = Callable[[str], Any]
PREFIX = "arn:aws:sqs:us-east-1:000000000000:"
# Says back, to a queue, what it got.
FUNCTION = """
import boto3, json, os

def handle(event, context):
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=os.environ["QUEUE"])["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(event))
    return {"seen": True}
"""


def forward(sandbox: Sandbox, by: str) -> list[dict[str, Any]]:
    """Move the sandbox's clock; return what came due."""
    fired: list[dict[str, Any]] = pages.ask(sandbox, clock.FORWARD_PATH, {"by": by})["fired"]
    return fired


def mails(sandbox: Sandbox, to: str) -> list[dict[str, Any]]:
    """Return what an address got."""
    return [one for one in pages.ask(sandbox, "/_s_infra/mail")["mails"] if one["to"] == to]


def queue(clients: Clients, name: str, **attributes: str) -> tuple[str, str]:
    """Make a queue that EventBridge may send to; return its URL and its ARN."""
    arn = f"{PREFIX}{name}"
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{**allowed, "Resource": arn}]})
    url = clients("sqs").create_queue(QueueName=name, Attributes={"Policy": policy, **attributes})["QueueUrl"]
    return str(url), arn


def received(clients: Clients, url: str, count: int = 1, within: float = 15) -> list[dict[str, Any]]:
    """Return that many messages of a queue."""
    found: list[dict[str, Any]] = []
    deadline = time.monotonic() + within
    while len(found) < count:
        assert time.monotonic() < deadline, found
        got = clients("sqs").receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1, MessageAttributeNames=["All"]
        )
        for message in got.get("Messages", ()):
            clients("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found.append(message)
    return found


def role(clients: Clients, name: str, service: str) -> str:
    """Make a role that a service may assume; return its ARN."""
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    made = clients("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)
    return str(made["Role"]["Arn"])


def echo(clients: Clients, name: str, queue_name: str) -> str:
    """Make a function that sends its event to a queue; return its ARN."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("handler.py", FUNCTION)
    made = clients("lambda").create_function(
        FunctionName=name,
        Runtime="python3.12",
        Handler="handler.handle",
        Role=role(clients, f"{name}-role", "lambda.amazonaws.com"),
        Code={"ZipFile": content.getvalue()},
        Timeout=30,
        Environment={"Variables": {"QUEUE": queue_name}},
    )
    clients("lambda").get_waiter("function_active_v2").wait(FunctionName=name)
    return str(made["FunctionArn"])
