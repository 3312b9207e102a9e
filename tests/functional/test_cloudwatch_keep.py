"""Alarms, metrics, schedules and the moved clock outlive a stop that keeps them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from alarm_support import forward, queue, received, role

from s_infra.sandbox import clock, pages, supervisor

RULE: dict[str, Any] = {
    "AlarmName": "kept",
    "Namespace": "own",
    "MetricName": "m",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 0.0,
    "ComparisonOperator": "GreaterThanThreshold",
}


def test_they_are_there_again_and_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S_INFRA_STATE_DIR", str(tmp_path))
    first = supervisor.start("kept", keep=True)
    cloudwatch = first.client("cloudwatch")
    cloudwatch.put_metric_alarm(**RULE, Tags=[{"Key": "stage", "Value": "test"}])
    cloudwatch.put_dashboard(DashboardName="kept", DashboardBody='{"widgets": []}')
    url, arn = queue(first.client, "kept")
    target = {"Arn": arn, "RoleArn": role(first.client, "kept", "scheduler.amazonaws.com"), "Input": "due"}
    first.client("scheduler").create_schedule(
        Name="kept",
        ScheduleExpression="cron(0 9 * * ? *)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=target,
    )
    forward(first, "2d")
    assert len(received(first.client, url, 2)) == 2
    cloudwatch.put_metric_data(Namespace="own", MetricData=[{"MetricName": "m", "Value": 3.0}])
    assert first.stop() == ()
    second = supervisor.start("kept", keep=True)
    try:
        shown = pages.ask(second, clock.PATH)
        assert shown["ahead_seconds"] == pytest.approx(2 * 86400, abs=0.1)
        cloudwatch = second.client("cloudwatch")
        assert cloudwatch.get_dashboard(DashboardName="kept")["DashboardBody"] == '{"widgets": []}'
        forward(second, "1m")
        deadline = time.monotonic() + 10
        while (found := cloudwatch.describe_alarms()["MetricAlarms"][0])["StateValue"] != "ALARM":
            assert time.monotonic() < deadline, found
        assert "[3.0 (" in found["StateReason"]
        tags = cloudwatch.list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"]
        assert tags == [{"Key": "stage", "Value": "test"}]
        fired = [one for one in forward(second, "1d") if one["kind"] == "schedule"]
        assert [one["name"] for one in fired] == ["kept"]
        assert received(second.client, url)[0]["Body"] == "due"
    finally:
        second.stop()
        supervisor.discard("kept")
