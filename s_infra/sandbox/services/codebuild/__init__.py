"""CodeBuild: projects, and builds whose commands are run. Everything else is refused by name."""

from __future__ import annotations

import functools
import json
import threading
from typing import TYPE_CHECKING

from s_infra.sandbox import constraints
from s_infra.sandbox.carried import not_carried
from s_infra.sandbox.services.codebuild import builds, events, projects
from s_infra.sandbox.services.codebuild.carried import CARRIED
from s_infra.sandbox.services.codebuild.errors import CodeBuildError, invalid, refusal
from s_infra.sandbox.services.codebuild.running import Runner

if TYPE_CHECKING:
    from collections.abc import Callable

    from s_infra.sandbox.base import Base, Response
    from s_infra.sandbox.services.codebuild.build import Build
    from s_infra.sandbox.services.codebuild.projects import Fields

SERVICE = "codebuild"
TARGET = "CodeBuild_20161006"
CONTENT_TYPE = {"Content-Type": "application/x-amz-json-1.1"}
OPERATIONS = frozenset({*projects.OPERATIONS, *builds.OPERATIONS})


def install(base: Base) -> None:
    """Serve CodeBuild in place of the base's, which says that a build succeeded and runs none."""
    service = CodeBuild(base)
    base.keep_state(SERVICE, service.dump, service.restore)
    base.add_service(SERVICE, service.handle, target_prefixes=[TARGET], host_patterns=[r"codebuild\."])


class CodeBuild:
    """The service: its projects, its builds, and their lock."""

    def __init__(self, base: Base) -> None:
        self._lock = threading.RLock()
        self._put_event = base.put_aws_event("aws.codebuild")
        runner = Runner(
            base.client,
            base.endpoint,
            base.region,
            base.account_id,
            base.data_dir / SERVICE,
            lambda: base.engine,
            base.sessions.of,
            self._changed,
        )
        self._projects = projects.Projects(base.region, base.account_id)
        self._builds = builds.Builds(self._projects, runner, base.region, base.account_id)
        self._operations: dict[str, Callable[[Fields], Fields]] = {
            **{name: functools.partial(one, self._projects) for name, one in projects.OPERATIONS.items()},
            **{name: functools.partial(one, self._builds) for name, one in builds.OPERATIONS.items()},
        }

    def dump(self) -> tuple[object, list[str]]:
        """Return what is kept, and the names of what ends with the sandbox."""
        with self._lock:
            kept, lost = self._builds.dump()
            return {"projects": self._projects.by_name, **kept}, lost

    def restore(self, content: Fields) -> None:
        """Take up what `dump` gave."""
        self._projects.by_name.update(content["projects"])
        self._builds.restore(content)

    async def handle(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Response:
        """Answer one request, in the shape of the base's handlers."""
        del method, path, query
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        try:
            answer = self._carry_out(operation, body)
        except CodeBuildError as error:
            content = {"__type": error.code, "message": error.message}
            return 400, dict(CONTENT_TYPE), json.dumps(content).encode()
        return 200, dict(CONTENT_TYPE), json.dumps(answer).encode()

    def _carry_out(self, operation: str, body: bytes) -> Fields:
        if operation not in self._operations:
            raise refusal(operation)
        given = _parsed(body)
        if found := constraints.problems(SERVICE, operation, given):
            raise invalid(constraints.message(found))
        if (field := not_carried(CARRIED[operation], given)) is not None:
            raise refusal(operation, field)
        with self._lock:
            return self._operations[operation]({name: one for name, one in given.items() if one is not None})

    def _changed(self, build: Build) -> None:
        """Put the event of a build's start or end, as AWS does."""
        self._put_event(events.STATE_CHANGE, events.state_change(build), build.arn)


def _parsed(body: bytes) -> Fields:
    try:
        given = json.loads(body or b"{}")
    except ValueError as error:
        raise CodeBuildError("SerializationException", f"The request is no JSON: {error}") from error
    if not isinstance(given, dict):
        raise CodeBuildError("SerializationException", "The request is no JSON object")
    return given
