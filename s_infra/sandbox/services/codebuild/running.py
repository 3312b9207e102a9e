"""Runs builds: fetches the source, has the agent run the commands, keeps phases and log."""

from __future__ import annotations

import dataclasses
import logging
import shutil
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from s_infra.errors import SInfraError
from s_infra.sandbox import environment
from s_infra.sandbox.access import acting, acting_in
from s_infra.sandbox.services.codebuild import build as states
from s_infra.sandbox.services.codebuild import buildspec, source
from s_infra.sandbox.services.codebuild.docker import SOCKET, EngineSocket
from s_infra.sandbox.services.codebuild.program import SYSTEM_PATH, Folders, Program
from s_infra.sandbox.services.glue.logs import LogStream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from s_infra.packaging.engine import Engine
    from s_infra.sandbox.access import Session
    from s_infra.sandbox.services.codebuild.build import Build

logger = logging.getLogger(__name__)
POLL_S = 0.05


@dataclass(frozen=True)
class Runner:
    """Runs builds in processes. `ended` is told of each change of a build's status."""

    client_of: Callable[[str], Any]
    endpoint: str
    region: str
    account_id: str
    folder: Path
    engine: Callable[[], Engine | None]
    session_of: Callable[[str, str, str, str], Session]
    changed: Callable[[Build], None]

    def lacking(self, project: Mapping[str, Any]) -> str | None:
        """Return why a build of this project can't be carried out here, or None when it can."""
        if not project["environment"]["privilegedMode"]:
            return None
        engine = self.engine()
        wanted = "a privileged build has a container engine"
        if engine is None:
            return f"{wanted}, and this sandbox has none (see `s-infra sandbox status`)"
        if engine.podman is not None or not engine.address.startswith("unix://"):
            return f"{wanted} that is Docker, and this sandbox's is {engine.name} at {engine.address}"
        if shutil.which("docker", path=SYSTEM_PATH) is None:
            return f"{wanted} and its command docker, which this machine hasn't in {SYSTEM_PATH}"
        return None

    def start(self, build: Build) -> None:
        """Run it in the background."""
        threading.Thread(target=self._run_in_role, args=(build,), name=build.id, daemon=True).start()

    def _run_in_role(self, build: Build) -> None:
        project, name = build.project, f"AWSCodeBuild-{build.unique}"
        session = self.session_of(project["serviceRole"], "codebuild", name, project["arn"])
        with acting_in(session):
            self._run(build)

    def _run(self, build: Build) -> None:
        self.changed(build)
        build.end(states.SUCCEEDED)
        build.begin("PROVISIONING")
        home = self.folder / build.unique
        try:
            status = self._carry_out(build, home)
        except (SInfraError, OSError, BotoCoreError, ClientError) as problem:
            build.end(states.FAILED, states.CLIENT_ERROR, f"s-infra sandbox: {problem}")
            status = states.FAILED
        except Exception as problem:
            logger.exception("build %s", build.id)
            build.end(states.FAULT, states.FAULT, f"s-infra sandbox: {problem!r}")
            status = states.FAULT
        shutil.rmtree(home, ignore_errors=True)
        build.begin("FINALIZING")
        build.end(states.SUCCEEDED)
        build.begin(states.COMPLETED)
        build.ended = time.time()
        build.status = status
        self.changed(build)

    def _carry_out(self, build: Build, home: Path) -> str:
        folders = Folders(home, build.unique)
        log = LogStream(self.client_of("logs"), *build.log)
        log.write(
            f"s-infra sandbox: this build runs on this machine's own programs; on AWS in "
            f"{build.project['environment']['image']}"
        )
        try:
            if log.problem is not None:
                # Without its log AWS ends a build, too.
                build.end(
                    states.FAILED, "ACCESS_DENIED", f"Service role does not allow writing logs: {log.problem}"
                )
                return states.FAILED
            build.end(states.SUCCEEDED)
            return self._run_commands(build, folders, log)
        finally:
            log.flush()

    def _run_commands(self, build: Build, folders: Folders, log: LogStream) -> str:
        build.begin("DOWNLOAD_SOURCE")
        spec = self._downloaded(build, folders)
        if spec is None:
            return states.FAILED
        build.end(states.SUCCEEDED)
        socket = self._docker(build, folders)
        try:
            outcome = self._run_agent(build, folders, spec, log)
        finally:
            if socket is not None:
                socket.close()
        if outcome != states.SUCCEEDED and build.phases[-1].kind != "POST_BUILD":
            return outcome
        build.begin("UPLOAD_ARTIFACTS")
        build.end(states.SUCCEEDED)
        return outcome

    def _downloaded(self, build: Build, folders: Folders) -> buildspec.Buildspec | None:
        given, place = build.project["source"], folders.outside / folders.source
        try:
            source.fetch(self.client_of("s3"), given, place, folders.machine)
            text = given.get("buildspec") or ""
            if not buildspec.is_inline(text):
                text = source.specification(given, place)
            return buildspec.parse(text)
        except ClientError as error:
            told = error.response.get("Error", {})
            message = f"error while downloading key {given.get('location')}, error: {told.get('Code')}: "
            build.end(states.FAILED, states.CLIENT_ERROR, message + str(told.get("Message")))
        except buildspec.NotCarriedError as error:
            message = f"s-infra sandbox: buildspec {error} isn't carried out"
            build.end(states.FAILED, states.YAML_ERROR, message)
        except (buildspec.BuildspecError, SInfraError, UnicodeDecodeError) as error:
            build.end(states.FAILED, states.YAML_ERROR, str(error))
        return None

    def _docker(self, build: Build, folders: Folders) -> EngineSocket | None:
        engine = self.engine()
        if engine is None or not build.project["environment"]["privilegedMode"]:
            return None
        registry = f"{self.account_id}.dkr.ecr.{self.region}.amazonaws.com"
        local = self.endpoint.partition("://")[2]
        return EngineSocket(engine, folders.outside / "docker", registry, local)

    def _run_agent(self, build: Build, folders: Folders, spec: buildspec.Buildspec, log: LogStream) -> str:
        plan = {
            "shell": spec.shell,
            "directory": f"{folders.inside}/{folders.source}",
            "exported": list(spec.exported),
            "phases": [dataclasses.asdict(one) for one in spec.phases],
        }
        program = Program(
            folders,
            plan,
            self._variables(build, folders, spec),
            int(self.endpoint.rpartition(":")[2]),
            log.write,
            lambda report: _note(build, report),
        )
        ended_by = None
        while not program.ended(POLL_S):
            log.flush_if_due()
            if build.stopping.is_set():
                ended_by = states.STOPPED
            elif time.time() - build.started >= build.timeout_s:
                ended_by = states.TIMED_OUT
            if ended_by:
                break
        error = program.close()
        return _outcome(build, ended_by, error)

    def _variables(self, build: Build, folders: Folders, spec: buildspec.Buildspec) -> dict[str, str]:
        project, (_, stream) = build.project, build.log
        session = acting()
        own = {one["name"]: one["value"] for one in project["environment"]["environmentVariables"]}
        place = project["source"].get("location")
        return {
            "PATH": folders.path,
            "HOME": "/root" if str(folders.inside) != str(folders.outside) else f"{folders.outside}/home",
            "LANG": "C.UTF-8",
            **environment.standard(self.endpoint, self.region),
            **(session.variables if session else {}),
            "DOCKER_HOST": f"unix://{folders.inside}/docker/{SOCKET}",
            "CODEBUILD_BUILD_ARN": build.arn,
            "CODEBUILD_BUILD_ID": build.id,
            "CODEBUILD_BUILD_IMAGE": project["environment"]["image"],
            "CODEBUILD_BUILD_NUMBER": str(build.number),
            "CODEBUILD_BUILD_SUCCEEDING": "1",
            "CODEBUILD_INITIATOR": build.initiator,
            "CODEBUILD_KMS_KEY_ID": project["encryptionKey"],
            "CODEBUILD_LOG_PATH": stream,
            "CODEBUILD_SRC_DIR": f"{folders.inside}/{folders.source}",
            "CODEBUILD_START_TIME": str(int(build.started * 1000)),
            **(
                {"CODEBUILD_SOURCE_REPO_URL": place, "CODEBUILD_SOURCE_VERSION": f"arn:aws:s3:::{place}"}
                if place
                else {}
            ),
            **spec.variables,
            **own,
        }


def _note(build: Build, report: Mapping[str, Any]) -> None:
    """Take down what the agent reports."""
    if "phase" in report:
        build.begin(report["phase"])
    elif "ended" in report and report["problem"]:
        build.end(states.FAILED, states.COMMAND_ERROR, report["problem"])
    elif "ended" in report:
        build.end(states.SUCCEEDED)
    else:
        build.exported = report["exported"]


def _outcome(build: Build, ended_by: str | None, error: str | None) -> str:
    """Return the build's status, and end the phase that was going on if it is still."""
    if error is not None:
        build.end(states.FAULT, states.FAULT, f"s-infra sandbox: {error}")
        return states.FAULT
    phase = build.phases[-1]
    if ended_by is not None:
        if phase.ended is None or phase.kind == "DOWNLOAD_SOURCE":
            told = (states.TIMED_OUT_ERROR, "Build has timed out. ") if ended_by == states.TIMED_OUT else ()
            build.end(ended_by, *told)
        return ended_by
    if phase.ended is None:
        build.end(states.FAULT, states.FAULT, "s-infra sandbox: the build's process was killed")
        return states.FAULT
    failed = any(one.status == states.FAILED for one in build.phases)
    return states.FAILED if failed else states.SUCCEEDED
