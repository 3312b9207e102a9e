"""The operations on builds."""

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.codebuild import kept
from s_infra.sandbox.services.codebuild.build import IN_PROGRESS, SUCCEEDED, Build
from s_infra.sandbox.services.codebuild.errors import CodeBuildError, invalid, not_found, refusal
from s_infra.sandbox.services.codebuild.projects import LONGEST_TIMEOUT_MIN, check_source, page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s_infra.sandbox.services.codebuild.projects import Fields, Projects
    from s_infra.sandbox.services.codebuild.running import Runner

# How long the same token is the same build.
TOKEN_LASTS_S = 300


class Builds:
    """All builds, the oldest first. The service's lock is held while an operation is carried out."""

    def __init__(self, projects: Projects, runner: Runner, region: str, account_id: str) -> None:
        self._projects, self._runner, self._region = projects, runner, region
        self._prefix = f"arn:aws:codebuild:{region}:{account_id}:build/"
        self._root = f"arn:aws:iam::{account_id}:root"
        self._builds: dict[str, Build] = {}
        self._numbers: dict[str, int] = {}

    def dump(self) -> tuple[Fields, list[str]]:
        """Return the builds, and the names of those that end with the sandbox."""
        lost = [
            f"CodeBuild build {one.id}: it was running, and is FAILED now"
            for one in self._builds.values()
            if one.status == IN_PROGRESS
        ]
        return {"builds": [kept.dumped(one) for one in self._builds.values()], "numbers": self._numbers}, lost

    def restore(self, content: Fields) -> None:
        """Take up what `dump` gave."""
        self._builds.update((one["id"], kept.restored(one)) for one in content["builds"])
        self._numbers.update(content["numbers"])

    def start(self, given: Fields) -> Fields:
        """Carry out StartBuild."""
        project = self._projects.find(given["projectName"])
        request = json.dumps({**given, "projectName": project["name"]}, sort_keys=True)
        if (before := self._of_token(given.get("idempotencyToken"), request)) is not None:
            return {"build": before.described()}
        wanted = _with_overrides(project, given)
        if (reason := self._runner.lacking(wanted)) is not None:
            raise refusal("StartBuild", f"of {project['name']}", reason)
        name, limit = project["name"], project.get("concurrentBuildLimit")
        active = [one for one in self._of(name) if one.status == IN_PROGRESS]
        if limit is not None and len(active) >= limit:
            raise CodeBuildError(
                "AccountLimitExceededException",
                f"Cannot have more than {limit} active builds for the project",
            )
        self._numbers[name] = self._numbers.get(name, 0) + 1
        identity = f"{name}:{uuid.uuid4()}"
        build = Build(
            number=self._numbers[name],
            id=identity,
            arn=self._prefix + identity,
            project=wanted,
            initiator=self._root.rpartition(":")[2],
            region=self._region,
            token=given.get("idempotencyToken"),
            request=request,
        )
        build.begin("SUBMITTED")
        build.end(SUCCEEDED)
        build.begin("QUEUED")
        self._builds[identity] = build
        self._runner.start(build)
        return {"build": build.described()}

    def stop(self, given: Fields) -> Fields:
        """Carry out StopBuild; one that has ended stays as it is."""
        build = self._builds.get(given["id"].removeprefix(self._prefix))
        if build is None:
            raise not_found(f"Build cannot be found: {given['id']}")
        build.stopping.set()
        return {"build": build.described()}

    def batch_get(self, given: Fields) -> Fields:
        """Carry out BatchGetBuilds."""
        ids = {one: one.removeprefix(self._prefix) for one in given["ids"]}
        return {
            "builds": [self._builds[one].described() for one in ids.values() if one in self._builds],
            "buildsNotFound": [given for given, one in ids.items() if one not in self._builds],
        }

    def list_of_project(self, given: Fields) -> Fields:
        """Carry out ListBuildsForProject, the last one first unless asked otherwise."""
        project = self._projects.find(given["projectName"])
        ids = [one.id for one in self._of(project["name"])]
        if given.get("sortOrder", "DESCENDING") == "DESCENDING":
            ids.reverse()
        return page("ids", ids, given)

    def _of(self, project: str) -> list[Build]:
        return [one for one in self._builds.values() if one.project["name"] == project]

    def _of_token(self, token: str | None, request: str) -> Build | None:
        since = time.time() - TOKEN_LASTS_S
        for one in self._builds.values():
            if token is not None and one.token == token and one.started >= since:
                if one.request != request:
                    raise invalid("Parameters do not match those of the earlier request with this token")
                return one
        return None


def _with_overrides(project: Mapping[str, Any], given: Mapping[str, Any]) -> Fields:
    """Return the project as this build has it."""
    environment, source = dict(project["environment"]), dict(project["source"])
    variables = {one["name"]: one for one in environment["environmentVariables"]}
    for one in given.get("environmentVariablesOverride") or ():
        variables[one["name"]] = {"type": "PLAINTEXT", **one}
    environment["environmentVariables"] = list(variables.values())
    environment["privilegedMode"] = given.get("privilegedModeOverride", environment["privilegedMode"])
    for member, override in (
        ("type", "sourceTypeOverride"),
        ("location", "sourceLocationOverride"),
        ("buildspec", "buildspecOverride"),
    ):
        if given.get(override) is not None:
            source[member] = given[override]
    check_source("StartBuild", source)
    minutes = given.get("timeoutInMinutesOverride", project["timeoutInMinutes"])
    if not 5 <= minutes <= LONGEST_TIMEOUT_MIN:
        raise invalid(f"Invalid timeout: it is 5 to {LONGEST_TIMEOUT_MIN} minutes")
    return {**project, "environment": environment, "source": source, "timeoutInMinutes": minutes}


OPERATIONS: Mapping[str, Callable[[Builds, Fields], Fields]] = {
    "StartBuild": Builds.start,
    "StopBuild": Builds.stop,
    "BatchGetBuilds": Builds.batch_get,
    "ListBuildsForProject": Builds.list_of_project,
}
