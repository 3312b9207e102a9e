"""What EventBridge is told of a build. Source: "Build notifications input format", CodeBuild User Guide."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.codebuild.build import COMPLETED

if TYPE_CHECKING:
    from s_infra.sandbox.services.codebuild.build import Build, Phase

STATE_CHANGE = "CodeBuild Build State Change"


def state_change(build: Build) -> dict[str, Any]:
    """Return the detail of the event of a build's start or end."""
    phase = build.phases[-1]
    return {
        "build-status": build.status,
        "project-name": build.project["name"],
        "build-id": build.arn,
        "additional-information": _more(build),
        "current-phase": phase.kind,
        "current-phase-context": _contexts(phase),
        "version": "1",
    }


def _more(build: Build) -> dict[str, Any]:
    environment, source = build.project["environment"], build.project["source"]
    logs = build.described()["logs"]
    return {
        "artifact": {"location": ""},
        "environment": {
            "image": environment["image"],
            "privileged-mode": environment["privilegedMode"],
            "compute-type": environment["computeType"],
            "type": environment["type"],
            "environment-variables": environment["environmentVariables"],
        },
        "timeout-in-minutes": build.project["timeoutInMinutes"],
        "build-complete": build.ended is not None,
        "build-number": build.number,
        "initiator": build.initiator,
        "build-start-time": _time(build.started),
        "source": {name: source[name] for name in ("location", "type", "buildspec") if source.get(name)},
        "logs": {
            "group-name": logs["groupName"],
            "stream-name": logs["streamName"],
            "deep-link": logs["deepLink"],
        },
        "phases": [_phase(one) for one in build.phases],
    }


def _phase(phase: Phase) -> dict[str, Any]:
    told: dict[str, Any] = {"start-time": _time(phase.started), "phase-type": phase.kind}
    if phase.kind == COMPLETED or phase.ended is None:
        return told
    return {
        **told,
        "phase-context": [_contexts(phase)],
        "end-time": _time(phase.ended),
        "duration-in-seconds": int(phase.ended - phase.started),
        "phase-status": phase.status,
    }


def _contexts(phase: Phase) -> str:
    told = (f"{one['statusCode']}: {one['message']}" for one in phase.contexts)
    return f"[{', '.join(told) or ':'}]"


def _time(moment: float) -> str:
    when = dt.datetime.fromtimestamp(moment, dt.UTC)
    hour = when.hour % 12 or 12
    return f"{when:%b} {when.day}, {when.year} {hour}:{when:%M:%S %p}"
