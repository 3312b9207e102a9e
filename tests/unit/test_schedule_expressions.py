"""Schedule expressions: when they are due next, and which aren't any."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from s_infra.sandbox.services.schedules.expressions import InvalidError, parsed


def moment(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def following(text: str, after: str, zone: str = "UTC", count: int = 3) -> list[str]:
    expression, now, found = parsed(text, zone), moment(after), []
    for _ in range(count):
        due = expression.next(now, moment("2026-01-01T00:00:00"))
        if due is None:
            break
        found.append(datetime.fromtimestamp(due, UTC).strftime("%Y-%m-%dT%H:%M"))
        now = due
    return found


@pytest.mark.parametrize(
    ("text", "after", "due"),
    [
        ("rate(1 hour)", "2026-11-21T16:20:00", ["2026-11-21T17:00", "2026-11-21T18:00", "2026-11-21T19:00"]),
        ("rate(5 days)", "2025-01-01T00:00:00", ["2026-01-01T00:00", "2026-01-06T00:00", "2026-01-11T00:00"]),
        (
            "cron(15 10 ? * 6L 2026-2027)",
            "2026-11-21T00:00:00",
            ["2026-11-27T10:15", "2026-12-25T10:15", "2027-01-29T10:15"],
        ),
        (
            "cron(0 9 ? * 2#1 *)",
            "2026-11-21T00:00:00",
            ["2026-12-07T09:00", "2027-01-04T09:00", "2027-02-01T09:00"],
        ),
        (
            "cron(0 12 15W * ? *)",
            "2026-11-01T00:00:00",
            ["2026-11-16T12:00", "2026-12-15T12:00", "2027-01-15T12:00"],
        ),
        (
            "cron(0 0 L * ? *)",
            "2026-02-01T00:00:00",
            ["2026-02-28T00:00", "2026-03-31T00:00", "2026-04-30T00:00"],
        ),
        (
            "cron(0/30 8 ? * MON-FRI *)",
            "2026-11-21T00:00:00",
            ["2026-11-23T08:00", "2026-11-23T08:30", "2026-11-24T08:00"],
        ),
        ("at(2026-12-01T08:30:00)", "2026-11-21T00:00:00", ["2026-12-01T08:30"]),
    ],
)
def test_it_is_due_as_aws_says(text: str, after: str, due: list[str]) -> None:
    assert following(text, after) == due


def test_a_zone_s_clock_counts_in_summer_and_in_winter() -> None:
    daily = "cron(0 9 * * ? *)"
    assert following(daily, "2026-03-28T00:00:00", "Europe/Berlin") == [
        "2026-03-28T08:00",
        "2026-03-29T07:00",
        "2026-03-30T07:00",
    ]


def test_a_skipped_hour_is_left_out_and_a_repeated_one_fires_once() -> None:
    nightly = "cron(30 2 * * ? *)"
    assert following(nightly, "2026-03-28T00:00:00", "Europe/Berlin", 2) == [
        "2026-03-28T01:30",
        "2026-03-30T00:30",
    ]
    assert following(nightly, "2026-10-24T12:00:00", "Europe/Berlin", 2) == [
        "2026-10-25T00:30",
        "2026-10-26T01:30",
    ]


def test_a_rate_goes_on_whatever_its_start_is() -> None:
    start = 1795276800.1234567
    expression, now = parsed("rate(1 hour)"), start
    for turn in range(1, 2000):
        due = expression.next(now, start)
        assert due is not None
        assert due > now
        assert due == pytest.approx(start + turn * 3600)
        now = due


@pytest.mark.parametrize(
    "text",
    [
        "rate(1 hours)",
        "rate(2 hour)",
        "rate(0 minutes)",
        "rate(5 seconds)",
        "cron(0 9 * * * *)",
        "cron(0 9 * * ?)",
        "cron(60 9 * * ? *)",
        "cron(0 9 LW * ? *)",
        "at(2026-13-01T00:00:00)",
        "every day",
        "",
    ],
)
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(InvalidError, match="Invalid Schedule Expression"):
        parsed(text)


def test_a_zone_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidError, match="Invalid ScheduleExpressionTimezone Mars/Olympus"):
        parsed("rate(1 hour)", "UTC") and parsed("cron(0 9 * * ? *)", "Mars/Olympus")
