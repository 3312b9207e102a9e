"""The components metric-alarm and schedule: applied, gone off, fired."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from alarm_support import forward, mails, received
from module_support import REPOSITORY, validate, workspace
from pipeline_support import inventory

from s_infra.sandbox.supervisor import Sandbox
from s_infra.terraform.core import Workspace

Clients = Callable[[str], Any]
COMPONENTS = REPOSITORY / "components/aws"


@contextmanager
def complete(component: str, sandbox: Sandbox, clients: Clients, tmp_path: Path) -> Iterator[Workspace]:
    """Apply a component's complete example, which then plans nothing more; nothing is left after it."""
    made = workspace(COMPONENTS / component / "examples/complete", sandbox, tmp_path / "state")
    try:
        made.apply()
        validate(made)
        assert not made.has_changes()
        yield made
    finally:
        made.destroy()
    assert {name: left for name, left in inventory(clients).items() if left} == {}
    assert clients("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert clients("scheduler").list_schedules()["Schedules"] == []


def test_an_alarm_tells_its_team_and_tells_again_when_all_is_well(
    sandbox: Sandbox, clients: Clients, tmp_path: Path
) -> None:
    cloudwatch = clients("cloudwatch")
    dimensions = [{"Name": "FunctionName", "Value": "demo"}]
    with complete("metric-alarm", sandbox, clients, tmp_path) as made:
        assert made.outputs()["name"] == "demo-share-of-errors"
        for _ in range(2):
            data = [
                {"MetricName": name, "Value": value, "Dimensions": dimensions}
                for name, value in (("Errors", 3.0), ("Invocations", 10.0))
            ]
            cloudwatch.put_metric_data(Namespace="AWS/Lambda", MetricData=data)
            forward(sandbox, "5m")
        forward(sandbox, "1h")
        alarmed, calm = mails(sandbox, "team@example.com")[-2:]
        assert alarmed["subject"].startswith('ALARM: "demo-share-of-errors"')
        message = json.loads(alarmed["message"])
        assert "30.0" in message["NewStateReason"]
        assert message["AlarmDescription"].startswith("More than a tenth of the calls fail")
        assert calm["subject"].startswith('OK: "demo-share-of-errors"')
        assert not made.has_changes()


def test_a_schedule_calls_its_target_on_working_days(
    sandbox: Sandbox, clients: Clients, tmp_path: Path
) -> None:
    with complete("schedule", sandbox, clients, tmp_path) as made:
        url = clients("sqs").get_queue_url(QueueName="demo-turns")["QueueUrl"]
        forward(sandbox, "7d")
        bodies = [json.loads(one["Body"])["due"] for one in received(clients, url, 5)]
        days = {datetime.fromisoformat(text).isoweekday() for text in bodies}
        assert days == {1, 2, 3, 4, 5}
        assert not made.has_changes()
        clients("sqs").delete_queue(QueueUrl=url)
        forward(sandbox, "4d")
        letter = received(clients, made.outputs()["dead_letter_queue_url"])[0]
        assert "due" in json.loads(letter["Body"])
        assert letter["MessageAttributes"]["TARGET_ARN"]["StringValue"].endswith(":demo-turns")
        clients("sqs").create_queue(QueueName="demo-turns", Attributes={"SqsManagedSseEnabled": "true"})
