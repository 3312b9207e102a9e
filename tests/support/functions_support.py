"""Lambda functions made of a source text, and what they answer and write."""

from __future__ import annotations

import base64
import io
import json
import time
import uuid
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Clients = Callable[[str], Any]
ROLE = "arn:aws:iam::000000000000:role/any"
# A function that does what its event says.
TOOLS = """
import logging, os, sys, time
logging.getLogger().setLevel("INFO")
calls = 0


class BadFileError(Exception):
    pass


def main(event, context):
    global calls
    calls += 1
    if event.get("sleep"):
        time.sleep(event["sleep"])
    if event.get("print"):
        print(event["print"])
        logging.info("logged\\nin two lines")
    if event.get("raise"):
        raise BadFileError("line 1\\nline 2")
    if "exit" in event:
        os._exit(event["exit"])
    if event.get("kill"):
        os.kill(os.getpid(), 11)
    if event.get("memory"):
        held = b"x" * (event["memory"] * 1024 * 1024)
    if event.get("set"):
        return {1, 2}
    if event.get("large"):
        return "x" * event["large"]
    return {"calls": calls}
"""


def zipped(files: Mapping[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


@dataclass(frozen=True)
class Answer:
    """What an invocation gave."""

    payload: Any
    error: str | None
    log: str
    raw: Mapping[str, Any]


@dataclass(frozen=True)
class Made:
    """A function and how to call it."""

    name: str
    arn: str
    clients: Clients

    def invoke(self, event: Any = None, **options: Any) -> Answer:
        client = self.clients("lambda")
        raw = client.invoke(
            FunctionName=self.name, Payload=json.dumps(event or {}), LogType="Tail", **options
        )
        payload = raw["Payload"].read()
        log = base64.b64decode(raw["LogResult"]).decode() if "LogResult" in raw else ""
        return Answer(json.loads(payload or b"null"), raw.get("FunctionError"), log, raw)

    def send(self, event: Any = None) -> int:
        """Invoke it asynchronously; return the status."""
        answer = self.clients("lambda").invoke(
            FunctionName=self.name, InvocationType="Event", Payload=json.dumps(event or {})
        )
        return int(answer["StatusCode"])

    def update(self, **configuration: Any) -> None:
        self.clients("lambda").update_function_configuration(FunctionName=self.name, **configuration)

    def logged(self, wanted: str, within: float = 20) -> list[str]:
        """Return all that its log group holds, as soon as something there holds `wanted`."""
        logs, deadline = self.clients("logs"), time.monotonic() + within
        while True:
            found: list[str] = []
            try:
                events = logs.filter_log_events(logGroupName=f"/aws/lambda/{self.name}")["events"]
                found = [event["message"] for event in events]
            except logs.exceptions.ResourceNotFoundException:
                assert time.monotonic() < deadline
            if any(wanted in message for message in found):
                return found
            assert time.monotonic() < deadline, found
            time.sleep(0.02)


def make(clients: Clients, source: str | Mapping[str, str], **fields: Any) -> Made:
    """Make a function of the text of its handler.py, whose handler is `main`."""
    files = {"handler.py": source} if isinstance(source, str) else source
    name = fields.pop("FunctionName", f"f-{uuid.uuid4().hex[:12]}")
    given = {"Runtime": "python3.11", "Handler": "handler.main", "Timeout": 10, **fields}
    answer = clients("lambda").create_function(
        FunctionName=name, Role=ROLE, Code={"ZipFile": zipped(files)}, **given
    )
    return Made(name, answer["FunctionArn"], clients)


def make_queue(clients: Clients, **attributes: str) -> tuple[str, str]:
    """Return the URL and the ARN of a new queue."""
    url = clients("sqs").create_queue(QueueName=f"q-{uuid.uuid4().hex[:12]}", Attributes=attributes)[
        "QueueUrl"
    ]
    answer = clients("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return str(url), str(answer["Attributes"]["QueueArn"])


def receive(clients: Clients, url: str, count: int = 1, within: float = 30) -> list[dict[str, Any]]:
    """Return that many messages of a queue, which are deleted there."""
    found: list[dict[str, Any]] = []
    deadline = time.monotonic() + within
    while len(found) < count:
        assert time.monotonic() < deadline, found
        answer = clients("sqs").receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1, MessageAttributeNames=["All"]
        )
        for message in answer.get("Messages", ()):
            clients("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found.append(message)
    return found
