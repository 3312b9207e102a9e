"""Schedules and their groups, and their life in time."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from s_infra.sandbox.clock import Appointment, Fired, iso
from s_infra.sandbox.services.schedules import expressions, targets
from s_infra.sandbox.services.schedules.errors import conflict, not_carried_out, not_found, validation
from s_infra.sandbox.services.schedules.expressions import At, InvalidError
from s_infra.sandbox.services.schedules.targets import DeliveryError

if TYPE_CHECKING:
    from s_infra.sandbox.base import Base

LOG = logging.getLogger(__name__)
Fields = Mapping[str, Any]
DEFAULT = "default"
RETRIES, OLDEST_S = 185, 86400
LONGEST_PAUSE_S = 3600
LISTED = 100
DEFAULTS = {"State": "ENABLED", "ScheduleExpressionTimezone": "UTC", "ActionAfterCompletion": "NONE"}
SETTINGS = (
    *("ActionAfterCompletion", "Description", "EndDate", "FlexibleTimeWindow", "ScheduleExpression"),
    *("ScheduleExpressionTimezone", "StartDate", "State", "Target"),
)


@dataclass
class Schedule:
    """A schedule as GetSchedule gives it; `done_until`: what came due until then has been done."""

    given: dict[str, Any]
    done_until: float
    appointment: Appointment | None = field(default=None, compare=False)

    def next(self) -> float | None:
        """Return when it is due next, None if never again."""
        given = self.given
        expression = expressions.parsed(given["ScheduleExpression"], given["ScheduleExpressionTimezone"])
        start = given.get("StartDate", given["CreationDate"])
        found = expression.next(self.done_until, start)
        end = given.get("EndDate")
        over = found is not None and end is not None and not isinstance(expression, At) and found >= end
        return None if over else found


class Scheduler:
    """EventBridge Scheduler of one sandbox."""

    def __init__(self, base: Base) -> None:
        self.base, self.clock = base, base.clock
        self._schedules: dict[tuple[str, str], Schedule] = {}
        self._groups: dict[str, dict[str, Any]] = {}
        self._tags: dict[str, dict[str, str]] = {}
        self._lock = threading.RLock()
        self._add_group(DEFAULT, {})

    def create_schedule(self, given: Fields) -> Fields:
        """CreateSchedule."""
        with self._lock:
            group, name = self._group_of(given), given["Name"]
            if (group, name) in self._schedules:
                raise conflict(f"Schedule {name} already exists.")
            now = self.clock.now()
            made = self._checked("CreateSchedule", given, now)
            arn = self._arn(f"schedule/{group}/{name}")
            made |= {"Arn": arn, "Name": name, "GroupName": group}
            made |= {"CreationDate": now, "LastModificationDate": now}
            # What is due at the very moment of its creation still is: a rate starts at once.
            self._schedules[group, name] = schedule = Schedule(made, now - 1e-3)
            self._appoint(schedule)
            return {"ScheduleArn": arn}

    def update_schedule(self, given: Fields) -> Fields:
        """UpdateSchedule: what isn't given has its default again."""
        with self._lock:
            schedule, now = self._schedule(given), self.clock.now()
            made = self._checked("UpdateSchedule", given, now)
            kept = {name: value for name, value in schedule.given.items() if name not in SETTINGS}
            schedule.given = {**kept, **made, "LastModificationDate": now}
            schedule.done_until = now
            self._appoint(schedule)
            return {"ScheduleArn": schedule.given["Arn"]}

    def get_schedule(self, given: Fields) -> Fields:
        """GetSchedule."""
        with self._lock:
            return dict(self._schedule(given).given)

    def delete_schedule(self, given: Fields) -> Fields:
        """DeleteSchedule."""
        with self._lock:
            self._drop(self._schedule(given))
            return {}

    def list_schedules(self, given: Fields) -> Fields:
        """ListSchedules."""
        group, state, prefix = given.get("GroupName"), given.get("State"), given.get("NamePrefix", "")
        shown = ("Arn", "CreationDate", "GroupName", "LastModificationDate", "Name", "State")
        with self._lock:
            found = [
                {**{name: one.given[name] for name in shown}, "Target": {"Arn": one.given["Target"]["Arn"]}}
                for (own, name), one in sorted(self._schedules.items())
                if group in (None, own) and name.startswith(prefix) and state in (None, one.given["State"])
            ]
        return _page("Schedules", found, given)

    def create_group(self, given: Fields) -> Fields:
        """CreateScheduleGroup."""
        with self._lock:
            if given["Name"] in self._groups:
                raise conflict(f"Schedule group {given['Name']} already exists.")
            tags = {one["Key"]: one["Value"] for one in given.get("Tags") or ()}
            return {"ScheduleGroupArn": self._add_group(given["Name"], tags)}

    def get_group(self, given: Fields) -> Fields:
        """GetScheduleGroup."""
        with self._lock:
            return dict(self._group(given["Name"]))

    def delete_group(self, given: Fields) -> Fields:
        """DeleteScheduleGroup, with its schedules."""
        name = given["Name"]
        if name == DEFAULT:
            raise validation("Cannot delete the default schedule group.")
        with self._lock:
            arn = self._group(name)["Arn"]
            for (own, _), schedule in list(self._schedules.items()):
                if own == name:
                    self._drop(schedule)
            del self._groups[name]
            self._tags.pop(arn, None)
            return {}

    def list_groups(self, given: Fields) -> Fields:
        """ListScheduleGroups."""
        prefix = given.get("NamePrefix", "")
        with self._lock:
            found = [dict(one) for name, one in sorted(self._groups.items()) if name.startswith(prefix)]
        return _page("ScheduleGroups", found, given)

    def list_tags(self, given: Fields) -> Fields:
        """ListTagsForResource: of a group."""
        tags = self._tags_of(given)
        return {"Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())]}

    def tag(self, given: Fields) -> Fields:
        """TagResource."""
        self._tags_of(given).update({one["Key"]: one["Value"] for one in given["Tags"]})
        return {}

    def untag(self, given: Fields) -> Fields:
        """UntagResource."""
        tags = self._tags_of(given)
        for key in given["TagKeys"]:
            tags.pop(key, None)
        return {}

    def dump(self) -> dict[str, Any]:
        """Return everything as JSON can hold it."""
        with self._lock:
            schedules = [[one.given, one.done_until] for one in self._schedules.values()]
            return {"schedules": schedules, "groups": self._groups, "tags": self._tags}

    def restore(self, content: Fields) -> None:
        """Take up what `dump` gave."""
        self._groups, self._tags = dict(content["groups"]), dict(content["tags"])
        for given, done_until in content["schedules"]:
            # What came due while the sandbox was down is not made up for.
            schedule = Schedule(given, max(done_until, self.clock.now()))
            self._schedules[given["GroupName"], given["Name"]] = schedule
            self._appoint(schedule)

    def forget(self) -> None:
        """Forget everything."""
        with self._lock:
            for schedule in list(self._schedules.values()):
                self._drop(schedule)
            self._groups.clear()
            self._tags.clear()
            self._add_group(DEFAULT, {})

    def _checked(self, operation: str, given: Fields, now: float) -> dict[str, Any]:
        if given.get("KmsKeyArn"):
            raise not_carried_out(f"{operation} KmsKeyArn")
        made = {**DEFAULTS, **{name: given[name] for name in SETTINGS if given.get(name) is not None}}
        try:
            expression = expressions.parsed(made["ScheduleExpression"], made["ScheduleExpressionTimezone"])
            expressions.zone(made["ScheduleExpressionTimezone"])
        except InvalidError as error:
            raise validation(str(error)) from error
        if isinstance(expression, At) and expression.moment <= now:
            raise validation(f"Invalid Schedule Expression {made['ScheduleExpression']}: it is in the past.")
        start, end = made.get("StartDate"), made.get("EndDate")
        if end is not None and (end <= now or (start is not None and end <= start)):
            raise validation("The EndDate you specify must come after the StartDate and the present.")
        window = made["FlexibleTimeWindow"]
        if (window["Mode"] == "FLEXIBLE") != (window.get("MaximumWindowInMinutes") is not None):
            raise validation(
                "A FlexibleTimeWindow has MaximumWindowInMinutes if its Mode is FLEXIBLE, else not."
            )
        targets.check(self.base, operation, made["Target"])
        policy = {"MaximumEventAgeInSeconds": OLDEST_S, "MaximumRetryAttempts": RETRIES}
        policy |= made["Target"].get("RetryPolicy") or {}
        made["Target"] = {**made["Target"], "RetryPolicy": policy}
        return made

    def _appoint(self, schedule: Schedule) -> None:
        if schedule.appointment is not None:
            schedule.appointment.cancel()
            schedule.appointment = None
        if schedule.given["State"] == "ENABLED":
            moment = schedule.next()
            if moment is not None:
                schedule.appointment = self.clock.at(moment, lambda due: self._due(schedule, due))

    def _due(self, schedule: Schedule, moment: float) -> Iterator[Fired]:
        with self._lock:
            given = dict(schedule.given)
            if self._schedules.get((given["GroupName"], given["Name"])) is not schedule:
                return
            schedule.done_until = moment
            self._appoint(schedule)
        yield from self._attempt(given, moment, 1, f"{secrets.token_hex(8)}", moment)
        with self._lock:
            if schedule.appointment is None and given["ActionAfterCompletion"] == "DELETE":
                self._drop(schedule)

    def _attempt(
        self, given: dict[str, Any], scheduled: float, attempt: int, run: str, moment: float
    ) -> Iterator[Fired]:
        target, name = given["Target"], given["Name"]
        text = targets.payload(given, target, self.base, scheduled, attempt, run)
        try:
            called = targets.call(self.base, target, text)
        except DeliveryError as error:
            yield Fired(moment, "schedule", name, f"failed: {error.code}: {error}")
            LOG.warning("schedule %s: %s: %s: %s", name, target["Arn"], error.code, error)
            self._failed(given, scheduled, attempt, run, moment, error, text)
        else:
            yield Fired(moment, "schedule", name, f"{called} {target['Arn']}")

    def _failed(
        self,
        given: dict[str, Any],
        scheduled: float,
        attempt: int,
        run: str,
        moment: float,
        error: DeliveryError,
        text: str,
    ) -> None:
        policy = given["Target"]["RetryPolicy"]
        again_at = moment + min(2.0**attempt, LONGEST_PAUSE_S)
        exhausted = None
        if attempt > policy["MaximumRetryAttempts"]:
            exhausted = "MaximumRetryAttempts"
        elif again_at - scheduled > policy["MaximumEventAgeInSeconds"]:
            exhausted = "MaximumEventAgeInSeconds"
        if error.again and exhausted is None:
            self.clock.at(again_at, lambda due: self._attempt(given, scheduled, attempt + 1, run, due))
            return
        queue = (given["Target"].get("DeadLetterConfig") or {}).get("Arn")
        if queue:
            self._bury(queue, given, scheduled, attempt, error, exhausted, text)

    def _bury(
        self,
        queue: str,
        given: Fields,
        scheduled: float,
        attempt: int,
        error: DeliveryError,
        exhausted: str | None,
        text: str,
    ) -> None:
        told = {
            "ERROR_CODE": error.code,
            "ERROR_MESSAGE": str(error),
            "RETRY_ATTEMPTS": str(attempt - 1),
            "SCHEDULED_TIME": iso(scheduled),
            "SCHEDULE_ARN": given["Arn"],
            "TARGET_ARN": given["Target"]["Arn"],
            "IS_PAYLOAD_TRUNCATED": "false",
        }
        if exhausted:
            told["EXHAUSTED_RETRY_CONDITION"] = exhausted
        attributes = {name: {"DataType": "String", "StringValue": value} for name, value in told.items()}
        try:
            url = targets.queue_url(self.base, queue)
            # Its role writes dead letters, too.
            sqs = targets.in_role(self.base, given["Target"])("sqs")
            sqs.send_message(QueueUrl=url, MessageBody=text, MessageAttributes=attributes)
        except (DeliveryError, BotoCoreError, ClientError) as problem:
            LOG.warning("schedule %s: its dead letter is lost: %s", given["Name"], problem)

    def _drop(self, schedule: Schedule) -> None:
        if schedule.appointment is not None:
            schedule.appointment.cancel()
        self._schedules.pop((schedule.given["GroupName"], schedule.given["Name"]), None)

    def _schedule(self, given: Fields) -> Schedule:
        group, name = self._group_of(given), given["Name"]
        if (group, name) not in self._schedules:
            raise not_found(f"Schedule {name} does not exist.")
        return self._schedules[group, name]

    def _group_of(self, given: Fields) -> str:
        name = given.get("GroupName") or DEFAULT
        self._group(name)
        return str(name)

    def _group(self, name: str) -> dict[str, Any]:
        if name not in self._groups:
            raise not_found(f"Schedule group {name} does not exist.")
        return self._groups[name]

    def _add_group(self, name: str, tags: dict[str, str]) -> str:
        now, arn = self.clock.now(), self._arn(f"schedule-group/{name}")
        self._groups[name] = {
            "Arn": arn,
            "Name": name,
            "State": "ACTIVE",
            "CreationDate": now,
            "LastModificationDate": now,
        }
        self._tags[arn] = tags
        return arn

    def _tags_of(self, given: Fields) -> dict[str, str]:
        arn = given["ResourceArn"]
        if arn not in self._tags:
            raise not_found(f"Resource {arn} does not exist.")
        return self._tags[arn]

    def _arn(self, resource: str) -> str:
        return f"arn:aws:scheduler:{self.base.region}:{self.base.account_id}:{resource}"


def _page(name: str, entries: list[Any], given: Fields) -> dict[str, Any]:
    token = given.get("NextToken") or "0"
    if not token.isdigit():
        raise validation("Invalid NextToken.")
    first, size = int(token), int(given.get("MaxResults") or LISTED)
    shown: dict[str, Any] = {name: entries[first : first + size]}
    if first + size < len(entries):
        shown["NextToken"] = str(first + size)
    return shown
