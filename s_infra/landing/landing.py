"""Puts a file in the feature store and tells which run it starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from s_infra.aws import explained
from s_infra.errors import SInfraError
from s_infra.landing import sending

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from s_infra.landing.looking import Looked
    from s_infra.runs.pipeline import Kind, Pipeline

ATTEMPTS = 4
# What a file's name says about what it is for, when the caller doesn't.
KINDS_BY_NAME: tuple[tuple[str, Kind], ...] = (("train", "training"), ("score", "scoring"))


@dataclass(frozen=True)
class Landing:
    """One version of one object in the feature store, and the run that it starts.

    `new` is False where the same file had landed before: its run is the one of then.
    """

    kind: Kind
    bucket: str
    key: str
    version_id: str
    run: str
    execution_arn: str
    new: bool


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


def _silent(_: str) -> None: ...


def land(
    looked: Looked,
    kind: Kind,
    pipeline: Pipeline,
    s3: Any,
    *,
    again: bool = False,
    tell: Callable[[str], None] = _silent,
) -> Landing:
    """Upload the file under its own name; each upload is a version of its own and starts one run.

    The same content under the same name lands once, unless `again` asks for one more run of it. `tell` hears
    how far a large one is.

    Raises:
        SInfraError: the feature store can't be written or keeps no versions, or the file changed since.
    """
    bucket, key = pipeline.feature_store_bucket, pipeline.prefix(kind) + looked.path.name
    place = sending.Place(bucket, key, pipeline.account)
    with explained(f"s3://{bucket}/{key}"):
        if not sending.keeps_versions(s3, place):
            raise _without_identity(bucket, "nothing has landed")
        for _ in range(ATTEMPTS):
            before = sending.present(s3, place)
            if before is not None and before.version_id and not again and before.holds(looked):
                return _landing(pipeline, kind, bucket, key, before.version_id, new=False)
            try:
                version_id = sending.send(s3, looked, place, before, tell)
            except sending.TakenError:
                continue
            if not version_id:
                raise _without_identity(bucket, f"{key} lies in it all the same")
            return _landing(pipeline, kind, bucket, key, version_id, new=True)
    raise SInfraError(
        f"somebody else lands a file of this name all the time: {ATTEMPTS} attempts met another's",
        which=f"s3://{bucket}/{key}",
        next_step="give the file a name of its own",
    )


def _without_identity(bucket: str, state: str) -> SInfraError:
    return SInfraError(
        f"the feature store keeps no versions, so a landing would have no identity; {state}",
        which=bucket,
        next_step="enable versioning on the bucket, as the module does",
    )


def _landing(pipeline: Pipeline, kind: Kind, bucket: str, key: str, version_id: str, *, new: bool) -> Landing:
    run = pipeline.run_name(bucket, key, version_id)
    return Landing(kind, bucket, key, version_id, run, pipeline.execution_arn(kind, run), new)
