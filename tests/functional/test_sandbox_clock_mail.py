"""`s-infra sandbox clock` and `s-infra sandbox mail`."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from click.testing import CliRunner, Result

from s_infra.cli import sandbox_mail, sandbox_time
from s_infra.cli.sandbox import sandbox as command
from s_infra.errors import SInfraError
from s_infra.sandbox.supervisor import Sandbox

Clients = Callable[[str], Any]


@pytest.fixture
def run(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    for module in (sandbox_mail, sandbox_time):
        monkeypatch.setattr(module, "running", lambda name: sandbox)
    return lambda *arguments: CliRunner().invoke(command, arguments)


@pytest.fixture(scope="module")
def topic(clients: Clients) -> str:
    arn = str(clients("sns").create_topic(Name="news")["TopicArn"])
    for protocol, address in (("email", "people@example.com"), ("email-json", "program@example.com")):
        clients("sns").subscribe(TopicArn=arn, Protocol=protocol, Endpoint=address)
    return arn


def test_the_clock_goes_forward_and_tells_what_came_due(run: Callable[..., Result], clients: Clients) -> None:
    cloudwatch = clients("cloudwatch")
    rule = {"Namespace": "own", "MetricName": "m", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1}
    rule |= {"Threshold": 0.0, "ComparisonOperator": "LessThanOrEqualToThreshold"}
    cloudwatch.put_metric_alarm(AlarmName="quiet", TreatMissingData="breaching", **rule)
    before = datetime.fromisoformat(run("clock", "show").stdout.strip())
    answer = run("clock", "forward", "2h")
    assert answer.exit_code == 0
    assert (
        " alarm quiet: INSUFFICIENT_DATA -> ALARM: Threshold Crossed: no datapoints were received"
        in answer.stdout
    )
    assert "came due" in answer.stderr
    after = json.loads(run("clock", "show", "--json").stdout)
    assert after["ahead_seconds"] == pytest.approx(7200, abs=0.1)
    assert (datetime.fromisoformat(after["now"]) - before).total_seconds() >= 7199
    again = json.loads(run("clock", "forward", "10m", "--json").stdout)
    assert again["fired"] == []


@pytest.mark.parametrize("by", ["soon", "0h", "400d"])
def test_a_time_that_is_none_is_refused(run: Callable[..., Result], by: str) -> None:
    answer = run("clock", "forward", by)
    assert isinstance(answer.exception, SInfraError)
    assert "no time that the clock can go forward" in str(answer.exception)


@pytest.mark.parity("sns:Unsubscribe")
def test_mails_are_listed_shown_and_left(run: Callable[..., Result], clients: Clients, topic: str) -> None:
    clients("sns").publish(TopicArn=topic, Subject="it is done", Message="All 3 runs ended.")
    mails = json.loads(run("mail", "--json").stdout)["mails"]
    mine = [(number, one) for number, one in enumerate(mails, start=1) if one["subject"] == "it is done"]
    (first, plain), (second, parsed) = mine
    assert (plain["to"], parsed["to"]) == ("people@example.com", "program@example.com")
    listed = run("mail").stdout.splitlines()
    assert listed[first - 1].endswith("people@example.com  it is done")
    shown = run("mail", "show", str(first)).stdout
    assert "To: people@example.com\nSubject: it is done\n" in shown
    assert "All 3 runs ended." in shown
    assert plain["unsubscribe"] in shown
    body = json.loads(run("mail", "show", str(second)).stdout.partition("\n\n")[2])
    assert (body["Type"], body["Subject"], body["Message"]) == (
        "Notification",
        "it is done",
        "All 3 runs ended.",
    )
    assert body["TopicArn"] == topic
    with urllib.request.urlopen(plain["unsubscribe"]) as answer:
        assert answer.status == 200
    left = clients("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [one["Endpoint"] for one in left] == ["program@example.com"]


def test_a_mail_that_is_not_there_is_an_error(run: Callable[..., Result]) -> None:
    answer = run("mail", "show", "999")
    assert isinstance(answer.exception, SInfraError)
    assert "there is no mail 999" in str(answer.exception)
