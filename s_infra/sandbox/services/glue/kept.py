"""Runs as JSON, and back: what a sandbox that keeps its state writes down when it ends."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.glue.runs import ENDED, Run

if TYPE_CHECKING:
    from collections.abc import Mapping

INTERRUPTED = "The sandbox was stopped while the job was running"


def dumped(run: Run) -> dict[str, Any]:
    """Return a run's fields; those of one under way as they are after its interruption."""
    fields = {one.name: getattr(run, one.name) for one in dataclasses.fields(run) if one.name != "stopping"}
    if run.state not in ENDED:
        now = time.time()
        fields |= {"state": "FAILED", "error": INTERRUPTED, "completed_on": now, "changed_on": now}
    return fields


def restored(fields: Mapping[str, Any]) -> Run:
    """Return a run that has ended from its fields."""
    return Run(**fields)
