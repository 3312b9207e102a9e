"""Tags and events."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.rds.errors import fault, invalid_combination, invalid_value
from s_infra.sandbox.services.rds.tables import page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.services.rds.tables import Rds

NOT_FOUND = {
    "db": ("DBInstanceNotFoundFault", "DBInstance {} not found."),
    "pg": ("DBParameterGroupNotFoundFault", "DBParameterGroup not found: {}"),
    "subgrp": ("DBSubnetGroupNotFoundFault", "DB subnet group '{}' does not exist."),
    "snapshot": ("DBSnapshotNotFoundFault", "DBSnapshot {} not found."),
}
LAST_HOUR = 60


def add_tags(service: Rds, request: Mapping[str, Any]) -> dict[str, Any]:
    """AddTagsToResource."""
    _tags(service, request).update({tag["Key"]: tag.get("Value", "") for tag in request["Tags"]})
    return {}


def remove_tags(service: Rds, request: Mapping[str, Any]) -> dict[str, Any]:
    """RemoveTagsFromResource."""
    tags = _tags(service, request)
    for key in request["TagKeys"]:
        tags.pop(key, None)
    return {}


def list_tags(service: Rds, request: Mapping[str, Any]) -> dict[str, Any]:
    """ListTagsForResource."""
    _tags(service, request)
    return {"TagList": service.tag_list(request["ResourceName"])}


def _tags(service: Rds, request: Mapping[str, Any]) -> dict[str, str]:
    arn = request["ResourceName"]
    parts = arn.split(":", 6)
    if len(parts) != 7 or parts[5] not in NOT_FOUND:
        raise invalid_value(f"Invalid resource name: {arn}")
    kind, name = parts[5:]
    tables: dict[str, Mapping[str, object]] = {
        "db": service.instances,
        "pg": service.parameter_groups,
        "subgrp": service.subnet_groups,
        "snapshot": service.snapshots,
    }
    if name not in tables[kind] or arn != service.arn(kind, name):
        shape, text = NOT_FOUND[kind]
        raise fault(shape, text.format(name))
    return service.tags.setdefault(arn, {})


def describe_events(service: Rds, request: Mapping[str, Any]) -> dict[str, Any]:
    """DescribeEvents: those of the last hour unless told otherwise, the oldest first."""
    kind, name = request.get("SourceType"), request.get("SourceIdentifier")
    if name is not None and kind is None:
        raise invalid_combination("SourceType must be specified if SourceIdentifier is specified.")
    minutes = request.get("Duration", LAST_HOUR)
    since = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=minutes)
    categories = request.get("EventCategories")
    found = [
        event
        for event in service.events
        if kind in (None, event["SourceType"])
        and name in (None, event["SourceIdentifier"])
        and (not categories or set(categories) & set(event["EventCategories"]))
        and dt.datetime.fromisoformat(event["Date"]) >= since
    ]
    return page("Events", found, request)
