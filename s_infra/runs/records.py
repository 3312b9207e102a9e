"""Reads what the machines wrote of a run into the metadata store."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from s_infra.aws import error_code, explained

CHAMPION_KEY = "champion.json"


def record(bucket: str, run: str, s3: Any) -> dict[str, Any] | None:
    """Return the record of a run that has ended, or None if there is none."""
    return _read(bucket, f"runs/{run}.json", s3)


def champion(bucket: str, s3: Any) -> dict[str, Any] | None:
    """Return the record of the model that scores, or None before the first was registered."""
    return _read(bucket, CHAMPION_KEY, s3)


def _read(bucket: str, key: str, s3: Any) -> dict[str, Any] | None:
    with explained(f"s3://{bucket}/{key}"):
        try:
            body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error_code(error) == "NoSuchKey":
                return None
            raise
    read = json.loads(body)
    return read if isinstance(read, dict) else None
