"""Finds runs: those that Step Functions still knows, and those of which only the record is left."""

from __future__ import annotations

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from s_infra.aws import error_code, explained
from s_infra.errors import SInfraError
from s_infra.runs import following, records

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from s_infra.runs.following import Outcome
    from s_infra.runs.pipeline import Kind, Pipeline

KINDS: tuple[Kind, ...] = ("training", "scoring")
AT_ONCE = 16


@dataclass(frozen=True)
class Known:
    """A run by its name, with what lists tell of it; `ended` is None while it runs."""

    run: str
    kind: Kind | None
    status: str | None
    begun: dt.datetime | None
    ended: dt.datetime | None

    @property
    def when(self) -> dt.datetime:
        """When it began, or ended where nothing else is known of it."""
        return self.begun or self.ended or dt.datetime.min.replace(tzinfo=dt.UTC)


@dataclass(frozen=True)
class Found:
    """A run, and what it was about: `status` is the record's (`succeeded`, `refused` …) once it has ended."""

    run: str
    kind: str
    status: str
    begun: str | None
    seconds: float | None
    data: str
    version_id: str


def runs(
    pipeline: Pipeline, states: Any, s3: Any, *, limit: int | None = None, file: str | None = None
) -> Iterator[Found]:
    """Yield the pipeline's runs, the last first, at most `limit`; with `file`, those of one file alone.

    `file` is an object's URI, its key or the key's last part.
    """
    known = sorted(_known(pipeline, states, s3), key=lambda one: one.when, reverse=True)

    def details() -> Iterator[Found]:
        # A call for each run: some at once, and none for runs that nobody asked for.
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for start in range(0, len(known), AT_ONCE):
                chunk = known[start : start + AT_ONCE]
                yield from pool.map(lambda one: _found(pipeline, one, states, s3), chunk)

    yield from islice((one for one in details() if file is None or _is_of(one, file)), limit)


def outcome(pipeline: Pipeline, run: str, states: Any) -> Outcome | None:
    """Return how the run stands in Step Functions, or None if it isn't known there."""
    arns = (pipeline.execution_arn(kind, run) for kind in KINDS)
    return next((found for arn in arns if (found := following.read(arn, states)) is not None), None)


def no_such_run(run: str) -> SInfraError:
    """Return the error for a name that no run has."""
    return SInfraError(
        "no such run",
        which=run,
        next_step="`s-infra runs list` lists them; a run that hasn't begun yet isn't known",
    )


def _known(pipeline: Pipeline, states: Any, s3: Any) -> Sequence[Known]:
    by_name: dict[str, Known] = {}
    with explained(f"the runs of {pipeline.name}"):
        prefix = f"{pipeline.metadata_prefix}runs/"
        pages = s3.get_paginator("list_objects_v2").paginate(
            Bucket=pipeline.metadata_store_bucket, Prefix=prefix
        )
        for stored in (one for page in pages for one in page.get("Contents", ())):
            name = stored["Key"].removeprefix(prefix).removesuffix(".json")
            by_name[name] = Known(name, None, None, None, stored["LastModified"])
        for kind in KINDS:
            machine = pipeline.machine_arn(kind)
            pages = states.get_paginator("list_executions").paginate(stateMachineArn=machine)
            for one in (one for page in pages for one in page["executions"]):
                name = one["name"]
                by_name[name] = Known(name, kind, one["status"], one["startDate"], one.get("stopDate"))
    return list(by_name.values())


def _found(pipeline: Pipeline, known: Known, states: Any, s3: Any) -> Found:
    record = records.record(pipeline, known.run, s3) if known.ended else None
    data = (record or {}).get("data") or _landed(pipeline, known, states)
    took = (known.ended - known.begun).total_seconds() if known.begun and known.ended else None
    return Found(
        run=known.run,
        kind=str((record or {}).get("kind") or known.kind or "?"),
        status=str((record or {}).get("status") or (known.status or "?").lower()),
        begun=known.begun.isoformat(timespec="seconds") if known.begun else None,
        seconds=took,
        data=f"s3://{data['bucket']}/{data['key']}" if data else "?",
        version_id=str(data.get("version_id", "?")),
    )


def _landed(pipeline: Pipeline, known: Known, states: Any) -> Mapping[str, Any]:
    if known.kind is None:
        return {}
    arn = pipeline.execution_arn(known.kind, known.run)
    with explained(arn):
        try:
            described = states.describe_execution(executionArn=arn)
        except ClientError as error:
            if error_code(error) == "ExecutionDoesNotExist":
                return {}
            raise
    data = json.loads(described.get("input") or "{}").get("data")
    return data if isinstance(data, dict) and {"bucket", "key"} <= data.keys() else {}


def _is_of(found: Found, file: str) -> bool:
    return found.data == file or found.data.endswith("/" + file)
