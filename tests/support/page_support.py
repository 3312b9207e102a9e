"""Histories and facts of runs that never were, for the tests of the page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from browser_support import Browser
from pipeline_support import Deployment

from s_infra.landing.landing import Landing
from s_infra.runs import console, logs
from s_infra.runs.page import history, machine, predictions, render, tuning
from s_infra.runs.page import write as write_page
from s_infra.runs.page.facts import Facts, Failure, Landed

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
ARN = "arn:aws:states:us-east-1:000000000000:execution:demo-training:demo-1"


class History:
    """Writes events a second apart; each follows the one before it, or the one that is said."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def add(self, kind: str, *, after: int | None = None, **details: Any) -> int:
        number = len(self.events) + 1
        event: dict[str, Any] = {
            "id": number,
            "previousEventId": number - 1 if after is None else after,
            "timestamp": START + timedelta(seconds=number),
            "type": kind,
        }
        family = next(
            (name for name in ("stateEntered", "stateExited") if kind.endswith(name[0].upper() + name[1:])),
            None,
        )
        if details:
            event[f"{family or kind[0].lower() + kind[1:]}EventDetails"] = details
        self.events.append(event)
        return number

    def enter(self, name: str, kind: str = "Task", *, after: int | None = None) -> int:
        return self.add(f"{kind}StateEntered", after=after, name=name)

    def leave(self, name: str, kind: str = "Task", *, after: int | None = None) -> int:
        return self.add(f"{kind}StateExited", after=after, name=name)

    def work(self, *, error: str | None = None, after: int | None = None) -> int:
        """Schedule a task that succeeds, or fails with an error."""
        self.add("TaskScheduled", after=after, resource="x", parameters="{}")
        if error:
            return self.add("TaskFailed", error=error, cause=f"because of {error}")
        return self.add("TaskSucceeded")

    def read(self) -> history.Progress:
        reader = history.Reader()
        reader.take(self.events)
        return reader.progress()


def facts(definition: Mapping[str, Any], told: History, status: str = "SUCCEEDED", **more: Any) -> Facts:
    """Return the facts of a run with this definition and history."""
    execution = {
        "executionArn": ARN,
        "status": status,
        "startDate": START,
        **({} if status == "RUNNING" else {"stopDate": told.events[-1]["timestamp"]}),
    }
    given: dict[str, Any] = {
        "run": "demo-1",
        "pipeline": "demo",
        "kind": "training",
        "status": status.lower(),
        "record": {},
        "console": console.of_arn(ARN, "https://states.us-east-1.amazonaws.com"),
        "endpoint": "https://states.us-east-1.amazonaws.com",
        **more,
    }
    return Facts(
        execution=execution,
        machine_name="demo-training",
        graph=machine.parse(definition),
        progress=told.read(),
        asked=told.events[-1]["timestamp"],
        **given,
    )


def write(shown: Facts, target: Path) -> Path:
    target.write_text(render.page(shown), encoding="utf-8")
    return target


HOSTILE = '"><script>document.title="broken"</script><img src=http://192.0.2.1/x onerror=alert(1)>'


def hostile() -> Facts:
    """Return a run all of whose texts want to be more than texts."""
    told = History()
    told.enter(HOSTILE)
    told.work(error=HOSTILE)
    told.add("ExecutionFailed", error=HOSTILE)
    best = {"metric_name": HOSTILE, "training_job": HOSTILE}
    tuned = {HOSTILE: HOSTILE}
    return facts(
        {"StartAt": HOSTILE, "States": {HOSTILE: {"Type": "Task", "Comment": HOSTILE, "End": True}}},
        told,
        "FAILED",
        kind="scoring",
        record={
            "best": best,
            "gate": {"operator": HOSTILE, "threshold": 0.5, "value": 0.4, "passed": False},
            "model": {"name": HOSTILE},
            "quarantine": HOSTILE,
        },
        landed=Landed("bucket", HOSTILE, HOSTILE, 1, missing=HOSTILE),
        tuning=tuning.Tuning(
            HOSTILE,
            HOSTILE,
            HOSTILE,
            maximize=True,
            parameters=(tuning.Parameter(HOSTILE, values=(HOSTILE,)),),
            trials=(tuning.Trial(1, HOSTILE, HOSTILE, 0.5, tuned, best=True),),
            note=HOSTILE,
        ),
        predictions=predictions.Predictions(
            "bucket", HOSTILE, (), more_files=False, header=(HOSTILE,), rows=((HOSTILE,),), whole=True
        ),
        failure=Failure(
            HOSTILE,
            HOSTILE,
            HOSTILE,
            HOSTILE + "2",
            (logs.LogTail("g" * 300, HOSTILE, (HOSTILE, "l" * 300)),),
        ),
        notes=[HOSTILE],
    )


def of_run(deployment: Deployment, landed: Landing, target: Path) -> Path:
    """Write the page of a run of a deployment, as `s-infra runs show --html` does."""
    write_page.page(landed.run, landed.execution_arn, deployment.pipeline, deployment.clients, target)
    return target


def states(browser: Browser) -> dict[str | None, str | None]:
    """Return how each state of the graph that the browser shows stands."""
    names, stands = (browser.all("[data-state]", name) for name in ("data-state", "data-status"))
    return dict(zip(names, stands, strict=True))
