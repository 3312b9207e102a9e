"""Schedule expressions: rate(), cron() in AWS's dialect with its six fields, and at()."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

FORM = re.compile(r"(?P<kind>rate|cron|at)\((?P<inside>[^()]*)\)")
RATE = re.compile(r"(?P<count>[1-9]\d*) (?P<unit>minute|hour|day)(?P<plural>s?)")
UNITS = {"minute": 60, "hour": 3600, "day": 86400}
AT_FORM = "%Y-%m-%dT%H:%M:%S"


class InvalidError(ValueError):
    """The text is no schedule expression."""


@dataclass(frozen=True)
class Rate:
    """Every so many seconds from a start on."""

    seconds: int

    def next(self, after: float, start: float) -> float | None:
        """Return the first moment after `after`, `start` itself included."""
        turn = max(0, int((after - start) // self.seconds))
        # Rounding may have left it a turn early.
        while start + turn * self.seconds <= after:
            turn += 1
        return start + turn * self.seconds


@dataclass(frozen=True)
class Cron:
    """At the minutes that a cron expression gives, by a zone's clock."""

    fields: Any
    zone: ZoneInfo

    def next(self, after: float, start: float) -> float | None:
        """Return the first moment after `after` and not before `start`; None if there is none."""
        least = max(after, start - 1)
        local = datetime.fromtimestamp(least, self.zone).replace(tzinfo=UTC)
        # An hour that the zone's clock skips or repeats takes some tries.
        for _ in range(200):
            (found,) = self.fields.get_next(local)
            if found is None:
                return None
            moment = found.replace(tzinfo=self.zone)
            exists = moment.astimezone(UTC).astimezone(self.zone).replace(tzinfo=None) == found.replace(
                tzinfo=None
            )
            if exists and moment.timestamp() > least:
                return float(moment.timestamp())
            local = found
        return None


@dataclass(frozen=True)
class At:
    """Once."""

    moment: float

    def next(self, after: float, start: float) -> float | None:
        """Return the moment, unless it's over; a start is of no meaning to it."""
        del start
        return self.moment if self.moment > after else None


Expression = Rate | Cron | At


def zone(name: str) -> ZoneInfo:
    """Return a time zone.

    Raises:
        InvalidError: there is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidError(f"Invalid ScheduleExpressionTimezone {name}.") from error


def parsed(text: str, timezone: str = "UTC") -> Expression:
    """Return an expression.

    Raises:
        InvalidError: it is none.
    """
    found = FORM.fullmatch(text.strip())
    if found is None:
        raise InvalidError(f"Invalid Schedule Expression {text}.")
    inside = found["inside"]
    if found["kind"] == "rate":
        return Rate(_seconds(inside, text))
    if found["kind"] == "at":
        try:
            moment = datetime.strptime(inside.strip(), AT_FORM).replace(tzinfo=zone(timezone))
        except ValueError as error:
            if isinstance(error, InvalidError):
                raise
            raise InvalidError(f"Invalid Schedule Expression {text}.") from error
        return At(moment.timestamp())
    return Cron(_cron(inside, text), zone(timezone))


def _seconds(inside: str, text: str) -> int:
    found = RATE.fullmatch(inside.strip())
    # One minute, two minutes: AWS takes no other spelling.
    if found is None or (found["count"] == "1") == bool(found["plural"]):
        raise InvalidError(f"Invalid Schedule Expression {text}.")
    return int(found["count"]) * UNITS[found["unit"]]


def _cron(inside: str, text: str) -> Any:
    from aws_croniter import AwsCroniter
    from aws_croniter.exceptions import AwsCroniterExpressionError

    try:
        fields = AwsCroniter(" ".join(inside.split()))
        # What is well formed but can't be read shows only when it is used.
        fields.get_next(datetime(2026, 1, 1, tzinfo=UTC) - timedelta(minutes=1))
    except (AwsCroniterExpressionError, ValueError, TypeError, IndexError) as error:
        raise InvalidError(f"Invalid Schedule Expression {text}.") from error
    return fields
