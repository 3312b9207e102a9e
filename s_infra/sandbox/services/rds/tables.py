"""What the service's operations share: its tables, ARNs, tags, events, filters and pages."""

from __future__ import annotations

import base64
import datetime as dt
import threading
from collections import deque
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.rds.errors import RdsError, fault, invalid_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from s_infra.sandbox.base import Base
    from s_infra.sandbox.services.rds.certificates import Authority
    from s_infra.sandbox.services.rds.instance import Instance

PAGE = 100
LEAST_PAGE = 20
MOST_EVENTS = 1000


class Rds:
    """The databases of one sandbox. `lock` is held by whoever reads or changes a table."""

    def __init__(self, base: Base) -> None:
        self.base = base
        self.directory = base.data_dir / "rds"
        self.lock = threading.RLock()
        self.instances: dict[str, Instance] = {}
        self.parameter_groups: dict[str, dict[str, Any]] = {}
        self.subnet_groups: dict[str, dict[str, Any]] = {}
        self.snapshots: dict[str, dict[str, Any]] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.events: deque[dict[str, Any]] = deque(maxlen=MOST_EVENTS)
        self._put_event = base.put_aws_event("aws.rds")
        self._authority: Authority | None = None

    @property
    def authority(self) -> Authority:
        """What signs the servers' certificates; made when the first is needed."""
        from s_infra.sandbox.services.rds.certificates import Authority

        with self.lock:
            self._authority = self._authority or Authority(self.directory)
            return self._authority

    def arn(self, kind: str, name: str) -> str:
        """Return the ARN of a resource: `db`, `pg`, `subgrp`, `snapshot`."""
        return f"arn:aws:rds:{self.base.region}:{self.base.account_id}:{kind}:{name}"

    def instance(self, request: Mapping[str, Any]) -> Instance:
        """Return the instance that a request names."""
        name = request["DBInstanceIdentifier"].lower()
        if name not in self.instances:
            raise fault("DBInstanceNotFoundFault", f"DBInstance {name} not found.")
        return self.instances[name]

    def keep_tags(self, arn: str, tags: Sequence[Mapping[str, str]] | None) -> None:
        """Remember the tags that a resource was made with."""
        self.tags[arn] = {tag["Key"]: tag.get("Value", "") for tag in tags or ()}

    def tag_list(self, arn: str) -> list[dict[str, str]]:
        """Return a resource's tags as AWS lists them."""
        return [{"Key": key, "Value": value} for key, value in self.tags.get(arn, {}).items()]

    def tell(self, kind: str, name: str, number: str, category: str, message: str) -> None:
        """Note an event: DescribeEvents has it, and EventBridge gets it."""
        noun, source, detail_type = KINDS[kind]
        event = {
            "SourceIdentifier": name,
            "SourceType": noun,
            "Message": message,
            "EventCategories": [category],
            "Date": now(),
            "SourceArn": self.arn(kind, name),
        }
        self.events.append(event)
        detail = {
            "EventCategories": [category],
            "SourceType": source,
            "SourceArn": event["SourceArn"],
            "Date": event["Date"],
            "Message": message,
            "SourceIdentifier": name,
            "EventID": f"RDS-EVENT-{number}",
        }
        self._put_event(detail_type, detail, str(event["SourceArn"]))


KINDS = {
    "db": ("db-instance", "DB_INSTANCE", "RDS DB Instance Event"),
    "snapshot": ("db-snapshot", "SNAPSHOT", "RDS DB Snapshot Event"),
    "pg": ("db-parameter-group", "DB_PARAMETER_GROUP", "RDS DB Parameter Group Event"),
}


def now() -> str:
    """Return the time as AWS writes it."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def page(field: str, entries: Sequence[Any], request: Mapping[str, Any]) -> dict[str, Any]:
    """Return a page of a list, and the marker of the next one."""
    size = request.get("MaxRecords", PAGE)
    if not LEAST_PAGE <= size <= PAGE:
        raise invalid_value(f"Invalid value {size} for MaxRecords. Must be between {LEAST_PAGE} and {PAGE}")
    first = 0
    if marker := request.get("Marker"):
        try:
            first = int(base64.b64decode(marker, validate=True))
        except ValueError as error:
            raise invalid_value("The Marker is invalid") from error
    found: dict[str, Any] = {field: list(entries[first : first + size])}
    if first + size < len(entries):
        found["Marker"] = base64.b64encode(str(first + size).encode()).decode()
    return found


def filtered(
    entries: Sequence[Mapping[str, Any]],
    request: Mapping[str, Any],
    known: Mapping[str, Callable[[Mapping[str, Any]], str]],
) -> list[Mapping[str, Any]]:
    """Return the entries that all filters of the request let through."""
    found = list(entries)
    for one in request.get("Filters") or ():
        if one["Name"] not in known:
            raise invalid_value(f"Unrecognized filter name: {one['Name']}")
        found = [entry for entry in found if known[one["Name"]](entry) in one["Values"]]
    return found


def refuse_state(instance: Instance, wanted: str = "available") -> RdsError:
    """Return the error for an instance that is busy."""
    return fault("InvalidDBInstanceStateFault", f"Instance {instance.name} is not in {wanted} state.")
