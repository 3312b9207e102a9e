"""Builds as JSON, and back: what a sandbox that keeps its state writes down when it ends."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.codebuild.build import COMPLETED, FAILED, FAULT, IN_PROGRESS, Build, Phase

if TYPE_CHECKING:
    from collections.abc import Mapping

INTERRUPTED = "The sandbox was stopped while the build was running"


def dumped(build: Build) -> dict[str, Any]:
    """Return a build's fields; those of one under way as they are after its interruption."""
    fields = {one.name: getattr(build, one.name) for one in dataclasses.fields(build)}
    del fields["stopping"]
    phases = [dataclasses.asdict(one) for one in build.phases]
    if build.status == IN_PROGRESS:
        now = time.time()
        context = {"statusCode": FAULT, "message": INTERRUPTED}
        phases[-1] |= {"status": FAILED, "ended": now, "contexts": [context]}
        phases.append(dataclasses.asdict(Phase(COMPLETED, now)))
        fields |= {"status": FAILED, "ended": now}
    return {**fields, "phases": phases}


def restored(fields: Mapping[str, Any]) -> Build:
    """Return a build that has ended from its fields."""
    return Build(**{**fields, "phases": [Phase(**one) for one in fields["phases"]]})
