"""Files that land by the hundred: bucket, rule, queue, the module's function, and the machine it starts."""

from __future__ import annotations

import hashlib
import io
import json
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from machine_support import ROLE, Clients, Runs

FUNCTION = Path(__file__).parents[2] / "catalog/aws/ml-ops/functions/start_execution"
AT_ONCE = 8


class Landings:
    """A place where files land, each of which is to start one execution."""

    def __init__(self, clients: Clients, name: str = "landings") -> None:
        self.clients = clients
        self.runs = Runs(clients)
        states = {"Take": {"Type": "Pass", "Output": "{% $states.input.data.key %}", "End": True}}
        self.machine = self.runs.make(states)
        s3, sqs = clients("s3"), clients("sqs")
        self.bucket = self.runs.bucket()
        s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})
        s3.put_bucket_notification_configuration(
            Bucket=self.bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
        )
        queue = sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "180"})["QueueUrl"]
        asked = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        arn = asked["Attributes"]["QueueArn"]
        allowed = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
        pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": [self.bucket]}}}
        clients("events").put_rule(Name=name, EventPattern=json.dumps(pattern))
        clients("events").put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
        self._make_function(name)
        clients("lambda").create_event_source_mapping(
            EventSourceArn=arn,
            FunctionName=name,
            BatchSize=10,
            FunctionResponseTypes=["ReportBatchItemFailures"],
        )

    def _make_function(self, name: str) -> None:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            for module in ("core.py", "handler.py"):
                file.write(FUNCTION / module, module)
        variables = {
            "PIPELINE": "p",
            "TRAIN_PREFIX": "train/",
            "SCORE_PREFIX": "score/",
            "TRAINING_MACHINE_ARN": self.machine,
            "SCORING_MACHINE_ARN": self.machine,
        }
        self.clients("lambda").create_function(
            FunctionName=name,
            Runtime="python3.12",
            Role=ROLE,
            Handler="handler.handle",
            Timeout=30,
            Code={"ZipFile": archive.getvalue()},
            Environment={"Variables": variables},
        )

    def land(self, count: int, within: float) -> float:
        """Land so many files and wait until each has had its execution, and only one; return the seconds."""
        s3 = self.clients("s3")

        def put(number: int) -> str:
            key = f"train/{number}.csv"
            stored = s3.put_object(Bucket=self.bucket, Key=key, Body=b"1,2\n")
            identity = "\n".join((self.bucket, key, stored["VersionId"]))
            return f"p-{hashlib.sha256(identity.encode()).hexdigest()[:12]}"

        begun = time.monotonic()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            expected = sorted(pool.map(put, range(count)))
        while len(found := self.succeeded()) < count:
            assert time.monotonic() < begun + within, len(found)
            time.sleep(0.5)
        seconds = time.monotonic() - begun
        assert sorted(found) == expected
        return seconds

    def succeeded(self) -> list[str]:
        """Return the names of the executions that have succeeded."""
        pages = self.clients("stepfunctions").get_paginator("list_executions")
        asked = {"stateMachineArn": self.machine, "statusFilter": "SUCCEEDED"}
        pages = pages.paginate(**asked, PaginationConfig={"PageSize": 1000})
        return [entry["name"] for page in pages for entry in page["executions"]]
