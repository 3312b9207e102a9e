"""Reads what the machines wrote of a run into the metadata store."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from s_infra.aws import error_code, explained

if TYPE_CHECKING:
    from s_infra.runs.pipeline import Pipeline


def record(pipeline: Pipeline, run: str, s3: Any) -> dict[str, Any] | None:
    """Return the record of a run that has ended, or None if there is none."""
    return _read(pipeline, f"runs/{run}.json", s3)


def champion(pipeline: Pipeline, s3: Any) -> dict[str, Any] | None:
    """Return the record of the model that scores, or None before the first was registered."""
    return _read(pipeline, "champion.json", s3)


def text(pipeline: Pipeline, name: str, s3: Any) -> str | None:
    """Return an object of the pipeline's in the metadata store, or None if there is none of that name."""
    bucket, key = pipeline.metadata_store_bucket, pipeline.metadata_prefix + name
    with explained(f"s3://{bucket}/{key}"):
        try:
            body: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error_code(error) == "NoSuchKey":
                return None
            raise
    return body.decode()


def _read(pipeline: Pipeline, name: str, s3: Any) -> dict[str, Any] | None:
    found = text(pipeline, name, s3)
    read = None if found is None else json.loads(found)
    return read if isinstance(read, dict) else None
