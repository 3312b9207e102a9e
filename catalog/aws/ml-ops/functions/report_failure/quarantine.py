"""Takes a landed file that can't be used out of the way: a copy with the reason beside it, nothing lost."""

from __future__ import annotations

import json
import posixpath
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


def at_fault(failure: Mapping[str, Any], errors: Collection[str]) -> bool:
    """Return whether the transform said, by the class of its exception, that the file is the reason."""
    named = str(failure["cause"]).partition(":")[0].strip()
    return failure["state"] == "Transform" and bool(failure["data"]) and named.rpartition(".")[2] in errors


def keys(failure: Mapping[str, Any], prefix: str) -> tuple[str, str]:
    """Return the keys of the file's copy and of the reason; each run has its own: twice is as once."""
    folder = f"{prefix}{failure['run']}/"
    return folder + posixpath.basename(failure["data"]["key"]), f"{folder}reason.json"


def put_away(failure: Mapping[str, Any], prefix: str, s3: Any) -> str:
    """Copy the version that landed under `prefix`, write the reason, hide the original; return its URL.

    The version itself stays where it is, so that a redrive can still read it. A newer one is left alone.
    """
    data = failure["data"]
    copy, reason = keys(failure, prefix)
    source = {"Bucket": data["bucket"], "Key": data["key"], "VersionId": data["version_id"]}
    s3.copy(source, data["bucket"], copy)
    s3.put_object(
        Bucket=data["bucket"],
        Key=reason,
        Body=json.dumps({name: failure[name] for name in ("run", "cause", "data", "ended_at")}).encode(),
        ContentType="application/json",
    )
    if _current(data["bucket"], data["key"], s3) == data["version_id"]:
        s3.delete_object(Bucket=data["bucket"], Key=data["key"])
    return f"s3://{data['bucket']}/{copy}"


def _current(bucket: str, key: str, s3: Any) -> str | None:
    """Return the version that a reader of the key gets, or None where it is hidden already."""
    try:
        found: str | None = s3.head_object(Bucket=bucket, Key=key).get("VersionId")
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
            return None
        raise
    return found
