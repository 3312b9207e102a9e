"""Events on the default bus, caught in a queue."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Clients = Callable[[str], Any]


@dataclass
class Bus:
    """Catches the events of one source from its making on."""

    clients: Clients
    source: str
    name: str = "caught"
    seen: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        sqs, events = self.clients("sqs"), self.clients("events")
        self.url = sqs.create_queue(QueueName=self.name)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        allowed = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": policy})
        events.put_rule(Name=self.name, EventPattern=json.dumps({"source": [self.source]}))
        events.put_targets(Rule=self.name, Targets=[{"Id": "queue", "Arn": arn}])

    def until(self, wanted: Callable[[dict[str, Any]], bool], timeout: float = 20.0) -> dict[str, Any]:
        """Return the first event that is wanted, of those caught so far or to come."""
        deadline = time.monotonic() + timeout
        while True:
            for event in self.seen:
                if wanted(event):
                    return event
            assert time.monotonic() < deadline, [(one["detail-type"], one["resources"]) for one in self.seen]
            got = self.clients("sqs").receive_message(
                QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=1
            )
            self.seen += [json.loads(message["Body"]) for message in got.get("Messages", ())]
