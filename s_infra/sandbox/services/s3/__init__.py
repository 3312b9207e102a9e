"""S3: the base's, with the version in the events that it sends to EventBridge."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from s_infra.sandbox.base import Base


def install(base: Base) -> None:
    """Mend the events. The base builds each in a thread of its own, from the call that knows the version."""
    s3, eventbridge = base.module("s3"), base.module("eventbridge")
    fire, dispatch = s3._fire_s3_event, eventbridge._dispatch_event
    building = threading.local()

    def fire_with_version(*arguments: Any, version_id: str | None = None, **options: Any) -> None:
        building.version_id = version_id
        try:
            fire(*arguments, version_id=version_id, **options)
        finally:
            building.version_id = None

    def dispatch_with_version(event: dict[str, Any], *arguments: Any, **options: Any) -> Any:
        if event.get("Source") == "aws.s3":
            event = {**event, "Detail": json.dumps(completed(event, getattr(building, "version_id", None)))}
        return dispatch(event, *arguments, **options)

    base.keep_state("uploads", lambda: (None, lost_uploads(s3)), lambda _: None)
    s3._fire_s3_event = fire_with_version
    eventbridge._dispatch_event = dispatch_with_version


def lost_uploads(s3: Any) -> list[str]:
    """Return the names of the uploads under way, whose parts the base keeps in memory alone."""
    uploads = s3._multipart_uploads._data.values()
    return [f"upload in parts of s3://{one['bucket']}/{one['key']}" for one in uploads]


def completed(event: dict[str, Any], version_id: str | None) -> dict[str, Any]:
    """Return the event's detail as S3 gives it: with the version, and no size for what was deleted."""
    detail: dict[str, Any] = json.loads(event["Detail"])
    if version_id and version_id != "null":
        detail["object"]["version-id"] = version_id
    if event["DetailType"] == "Object Deleted":
        detail["object"].pop("size", None)
    return detail
