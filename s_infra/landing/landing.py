"""Puts a file in the feature store and tells which run it starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from s_infra.aws import explained
from s_infra.errors import SInfraError

if TYPE_CHECKING:
    from pathlib import Path

    from s_infra.runs.pipeline import Kind, Pipeline

# What a file's name says about what it is for, when the caller doesn't.
KINDS_BY_NAME: tuple[tuple[str, Kind], ...] = (("train", "training"), ("score", "scoring"))


@dataclass(frozen=True)
class Landing:
    """One version of one object in the feature store, and the run that it starts."""

    kind: Kind
    bucket: str
    key: str
    version_id: str
    run: str
    execution_arn: str


def kind_of(path: Path) -> Kind:
    """Return what the file is for by its name.

    Raises:
        SInfraError: the name begins neither with "train" nor with "score".
    """
    for prefix, kind in KINDS_BY_NAME:
        if path.name.lower().startswith(prefix):
            return kind
    raise SInfraError(
        "what is this file for? its name begins neither with 'train' nor with 'score'",
        which=str(path),
        next_step="say it: --as training or --as scoring",
    )


def land(path: Path, kind: Kind, pipeline: Pipeline, s3: Any) -> Landing:
    """Upload the file, streamed, under its own name; each upload is a version of its own and starts one run.

    Raises:
        SInfraError: the file is missing or empty, or the feature store can't be written.
    """
    if not path.is_file() or path.stat().st_size == 0:
        raise SInfraError(
            "there is nothing to land: the file is " + ("empty" if path.is_file() else "missing"),
            which=str(path),
            next_step="name a CSV file with a header and rows",
        )
    bucket, key = pipeline.feature_store_bucket, pipeline.prefix(kind) + path.name
    with explained(f"s3://{bucket}/{key}"), path.open("rb") as stream:
        # One request, not a managed transfer: its answer names the version, and the version names the run.
        stored = s3.put_object(Bucket=bucket, Key=key, Body=stream, ContentType="text/csv")
    version_id = stored.get("VersionId")
    if not version_id:
        raise SInfraError(
            "the feature store keeps no versions, so this landing has no identity",
            which=bucket,
            next_step="enable versioning on the bucket",
        )
    run = pipeline.run_name(bucket, key, version_id)
    return Landing(kind, bucket, key, version_id, run, pipeline.execution_arn(kind, run))
