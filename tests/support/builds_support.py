"""CodeBuild for the tests: projects whose commands are a text, builds followed to their end, logs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Clients = Callable[[str], Any]
IMAGE = "aws/codebuild/amazonlinux-x86_64-standard:5.0"
ROLE = "arn:aws:iam::000000000000:role/builds"


def phases(**commands: Sequence[str]) -> str:
    """Return a buildspec with these commands in its phases."""
    return spec({name: {"commands": list(texts)} for name, texts in commands.items()})


def spec(given: Mapping[str, Any], **more: Any) -> str:
    """Return a buildspec as JSON, which is YAML, too."""
    return json.dumps({"version": "0.2", "phases": given, **more})


def project(name: str, buildspec: str, **more: Any) -> dict[str, Any]:
    """Return the request for a project without source."""
    return {
        "name": name,
        "source": {"type": "NO_SOURCE", "buildspec": buildspec},
        "artifacts": {"type": "NO_ARTIFACTS"},
        "environment": {"type": "LINUX_CONTAINER", "image": IMAGE, "computeType": "BUILD_GENERAL1_SMALL"},
        "serviceRole": ROLE,
        **more,
    }


def ended(codebuild: Any, identity: str, timeout: float = 60.0) -> dict[str, Any]:
    """Return a build once it has ended."""
    deadline = time.monotonic() + timeout
    while True:
        (build,) = codebuild.batch_get_builds(ids=[identity])["builds"]
        if build["buildComplete"]:
            return dict(build)
        assert time.monotonic() < deadline, build
        time.sleep(0.02)


def built(codebuild: Any, name: str, **more: Any) -> dict[str, Any]:
    """Start a build and return it once it has ended."""
    return ended(codebuild, codebuild.start_build(projectName=name, **more)["build"]["id"])


def statuses(build: Mapping[str, Any]) -> dict[str, str]:
    """Return the status of each phase that ends."""
    return {one["phaseType"]: one["phaseStatus"] for one in build["phases"] if "phaseStatus" in one}


def context(build: Mapping[str, Any], kind: str) -> tuple[str, str]:
    """Return the code and message of a phase's context."""
    (found,) = [one for one in build["phases"] if one["phaseType"] == kind]
    return found["contexts"][0]["statusCode"], found["contexts"][0]["message"]


def log(logs: Any, build: Mapping[str, Any]) -> list[str]:
    """Return the lines that a build wrote itself, without the agent's."""
    place = build["logs"]
    events = logs.get_log_events(
        logGroupName=place["groupName"], logStreamName=place["streamName"], startFromHead=True
    )["events"]
    lines = [event["message"] for event in events]
    return [one for one in lines if not one.startswith(("[Container]", "s-infra sandbox: this build runs"))]
