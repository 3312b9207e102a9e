"""Decides which run a landed file starts, from what EventBridge tells of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class MalformedEventError(ValueError):
    """The event isn't S3's "Object Created" of a versioned object under one of the two prefixes."""


@dataclass(frozen=True)
class Settings:
    """The pipeline's name, and which machine deals with which prefix of its feature store."""

    pipeline: str
    train_prefix: str
    score_prefix: str
    training_machine_arn: str
    scoring_machine_arn: str


@dataclass(frozen=True)
class Start:
    """One execution to start; its name is the same for the same version of an object."""

    machine_arn: str
    name: str
    input: dict[str, Any]


def plan(event: Mapping[str, Any], settings: Settings) -> Start | None:
    """Return the run that the event starts, or None for a folder's marker, which holds no data.

    Raises:
        MalformedEventError: the event lacks a field, or its object isn't one that starts runs.
    """
    try:
        bucket = event["detail"]["bucket"]["name"]
        stored = event["detail"]["object"]
        key, size = stored["key"], stored["size"]
        if size == 0 and key.endswith("/"):
            return None
        data = {
            "bucket": bucket,
            "key": key,
            "version_id": stored["version-id"],
            "etag": stored["etag"],
            "size": size,
        }
        landed_at = event["time"]
    except (KeyError, TypeError) as error:
        raise MalformedEventError(f"the event has no usable {error}") from error
    if key.startswith(settings.train_prefix):
        kind, machine_arn = "training", settings.training_machine_arn
    elif key.startswith(settings.score_prefix):
        kind, machine_arn = "scoring", settings.scoring_machine_arn
    else:
        raise MalformedEventError(
            f"the key {key!r} begins with neither {settings.train_prefix} nor {settings.score_prefix}"
        )
    name = run_name(settings.pipeline, bucket, key, data["version_id"])
    return Start(machine_arn, name, {"run": name, "kind": kind, "data": data, "landed_at": landed_at})


def run_name(pipeline: str, bucket: str, key: str, version_id: str) -> str:
    """Return the name of the run of one version of an object; it identifies the run for ever."""
    identity = "\n".join((bucket, key, version_id))
    return f"{pipeline}-{hashlib.sha256(identity.encode()).hexdigest()[:12]}"
