"""Builds images in the account, by CodeBuild: where no container engine answers, or when asked for."""

from __future__ import annotations

import hashlib
import io
import json
import re
import time
import zipfile
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from s_infra import aws
from s_infra.errors import SInfraError
from s_infra.packaging import engine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s_infra.packaging.context import Packed

# Where a module leaves the name of the project that builds a repository's images.
PARAMETER = "/s-infra/image-builders/{}"
PLATFORMS = {"LINUX_CONTAINER": "linux/amd64", "ARM_CONTAINER": "linux/arm64"}
# What a build is told; the component's buildspec knows these names.
TAG, CONTEXT, PLATFORM, REPOSITORY = "IMAGE_TAG", "CONTEXT_DIGEST", "IMAGE_PLATFORM", "REPOSITORY_URI"
BUILDKIT = "DOCKER_BUILDKIT"
PACKED_NAME = "context.tar.gz"
IN_PROGRESS, SUCCEEDED = "IN_PROGRESS", "SUCCEEDED"
INTERVAL_S = 0.5
# CloudWatch shows the last lines some seconds after the build has ended.
LOG_LAG_S = 10.0
AGENT = "[Container]"
# What docker colours its errors with.
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
LOOKED_BACK = 20
NO_SUCH_PARAMETER = ("ParameterNotFound", "AccessDeniedException", "AccessDenied")


@dataclass(frozen=True)
class Project:
    """A project of the component codebuild-image: what it reads, where it pushes to, what for."""

    name: str
    bucket: str
    prefix: str
    repository_uri: str
    platform: str


def find(repository: str, session: Any = None) -> str | None:
    """Return the name of the project that builds a repository's images, None if none was left."""
    parameter = PARAMETER.format(repository)
    with aws.explained(parameter):
        try:
            found = aws.client("ssm", session).get_parameter(Name=parameter, WithDecryption=True)
        except ClientError as error:
            if aws.error_code(error) in NO_SUCH_PARAMETER:
                return None
            raise
    try:
        return str(json.loads(found["Parameter"]["Value"])["project"])
    except (ValueError, KeyError, TypeError) as error:
        raise SInfraError(
            "the parameter names no CodeBuild project",
            which=parameter,
            next_step="name the project: --project NAME",
        ) from error


def read(name: str, session: Any = None) -> Project:
    """Return a project.

    Raises:
        SInfraError: there is none of that name, or it isn't made for this.
    """
    with aws.explained(f"the CodeBuild project {name}"):
        found = aws.client("codebuild", session).batch_get_projects(names=[name])["projects"]
    if not found:
        raise SInfraError(
            "there is no CodeBuild project of this name in this account and Region",
            which=name,
            next_step="apply the component codebuild-image (the module's image_builder), or name another",
        )
    variables = _variables(found[0])
    source, kind = found[0]["source"], found[0]["environment"]["type"]
    if source["type"] != "S3" or REPOSITORY not in variables or kind not in PLATFORMS:
        raise SInfraError(
            "the CodeBuild project doesn't build images as the component codebuild-image does",
            which=name,
            next_step="name one that this component made",
        )
    bucket, _, key = str(source["location"]).partition("/")
    prefix = key[: key.rfind("/") + 1]
    return Project(found[0]["name"], bucket, prefix, variables[REPOSITORY], PLATFORMS[kind])


def check(project: Project, repository_uri: str, platform: str | None) -> None:
    """Hold a project to what is to be made.

    Raises:
        SInfraError: it pushes to another repository, or builds for another processor.
    """
    if project.repository_uri != repository_uri:
        raise SInfraError(
            f"the CodeBuild project pushes to another repository, {project.repository_uri}",
            which=project.name,
            next_step=f"name the project of {repository_uri}: --project NAME",
        )
    if platform is not None and platform != project.platform:
        raise SInfraError(
            f"the CodeBuild project builds for {project.platform}, and {platform} was asked for",
            which=project.name,
            next_step=f"say --platform {project.platform}, or give the component another architecture",
        )


def build(
    project: Project,
    packed: Packed,
    tag: str,
    tell: Callable[[str], None],
    session: Any = None,
    *,
    by_buildkit: bool = False,
) -> None:
    """Build and push the image of a packed context; a build of it that goes on already is joined.

    `by_buildkit`: in place of Docker's classic builder.

    Raises:
        SInfraError: it can't be started, a step of the Dockerfile fails (its last lines are in it), or it
            is stopped or takes too long.
    """
    location = _sent(project, packed, tell, session)
    wanted = {TAG: tag, CONTEXT: packed.digest, PLATFORM: project.platform, BUILDKIT: str(int(by_buildkit))}
    with aws.explained(f"the CodeBuild project {project.name}"):
        identity = _started(aws.client("codebuild", session), project, location, wanted, tell)
        try:
            _follow(identity, tell, session)
        except KeyboardInterrupt:
            tell(
                f"the build goes on: type the same again to follow it, or end it with "
                f"`aws codebuild stop-build --id {identity}`"
            )
            raise


def source_of(packed: Packed) -> bytes:
    """Return what CodeBuild unpacks: a ZIP file with the packed context in it; the same for the same."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_STORED) as archive:
        entry = zipfile.ZipInfo(PACKED_NAME)
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, packed.data)
    return data.getvalue()


def _sent(project: Project, packed: Packed, tell: Callable[[str], None], session: Any) -> str:
    """Have the context in the project's bucket under its own digest; return where."""
    s3, key = aws.client("s3", session), f"{project.prefix}{packed.digest.removeprefix('sha256:')}.zip"
    with aws.explained(f"s3://{project.bucket}/{key}"):
        try:
            s3.head_object(Bucket=project.bucket, Key=key)
        except ClientError as error:
            # Without the right to list the bucket, S3 forbids what isn't there.
            if aws.error_code(error) not in ("404", "403"):
                raise
        else:
            return f"{project.bucket}/{key}"
        data = source_of(packed)
        tell(f"sending {len(data)} bytes to s3://{project.bucket}/{key}")
        try:
            s3.put_object(
                Bucket=project.bucket, Key=key, Body=data, IfNoneMatch="*", ChecksumAlgorithm="SHA256"
            )
        except ClientError as error:
            # Somebody else has sent the same meanwhile.
            if aws.error_code(error) != "PreconditionFailed":
                raise
    return f"{project.bucket}/{key}"


def _started(
    codebuild: Any, project: Project, location: str, wanted: Mapping[str, str], tell: Callable[[str], None]
) -> str:
    """Return the build of what is wanted: one that goes on, or a new one."""
    ids = codebuild.list_builds_for_project(projectName=project.name, sortOrder="DESCENDING")["ids"]
    known = codebuild.batch_get_builds(ids=ids[:LOOKED_BACK])["builds"] if ids else []
    same = [one for one in known if wanted.items() <= _variables(one).items()]
    for one in same:
        if one["buildStatus"] == IN_PROGRESS:
            tell(f"following {one['id']}, which builds this already")
            return str(one["id"])
    # Whoever asks for the same at the same time gets the same build; after one that failed there is another.
    last = max((one["buildNumber"] for one in same), default=0)
    identity = json.dumps([project.name, dict(wanted), last], sort_keys=True)
    try:
        started = codebuild.start_build(
            projectName=project.name,
            sourceTypeOverride="S3",
            sourceLocationOverride=location,
            environmentVariablesOverride=[
                {"name": name, "value": value, "type": "PLAINTEXT"} for name, value in wanted.items()
            ],
            idempotencyToken=hashlib.sha256(identity.encode()).hexdigest(),
        )["build"]
    except codebuild.exceptions.AccountLimitExceededException as error:
        raise SInfraError(
            f"as many builds as are allowed go on already: {error}",
            which=project.name,
            next_step="try again when they have ended, or raise the component's concurrent_builds",
        ) from error
    tell(f"building with CodeBuild: {started['id']}")
    return str(started["id"])


def _variables(described: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables of a project or a build."""
    listed = described["environment"].get("environmentVariables", ())
    return {one["name"]: one["value"] for one in listed}


def _follow(identity: str, tell: Callable[[str], None], session: Any) -> None:
    codebuild, log = aws.client("codebuild", session), _Log(aws.client("logs", session), tell)
    while True:
        (build,) = codebuild.batch_get_builds(ids=[identity])["builds"]
        log.read(build.get("logs", {}))
        if build["buildStatus"] != IN_PROGRESS:
            break
        time.sleep(INTERVAL_S)
    if build["buildStatus"] == SUCCEEDED:
        return
    deadline = time.monotonic() + LOG_LAG_S
    while not log.complete and log.begun and time.monotonic() < deadline:
        time.sleep(INTERVAL_S)
        log.read(build["logs"])
    last = "".join(f"\n  {one}" for one in log.last)
    raise SInfraError(
        f"the image can't be built: {_problem(build)}{last}",
        which=identity,
        next_step="mend what it says, and type the same again",
    )


def _problem(build: Mapping[str, Any]) -> str:
    """Return what the failed phase says, or else the build's status."""
    for phase in build.get("phases", ()):
        for context in phase.get("contexts", ()):
            if phase.get("phaseStatus") != SUCCEEDED and context.get("message"):
                return f"{phase['phaseType']} {phase['phaseStatus']}: {context['message'].strip()}"
    return f"the build is {build['buildStatus']}"


class _Log:
    """A build's log: told line by line as it comes. `complete`: the failure itself has been told."""

    def __init__(self, logs: Any, tell: Callable[[str], None]) -> None:
        self._logs, self._tell = logs, tell
        self._token: str | None = None
        self.last: deque[str] = deque(maxlen=engine.LAST_LINES)
        self.begun = self.complete = False

    def read(self, place: Mapping[str, Any]) -> None:
        """Tell what is new."""
        if not place.get("groupName") or not place.get("streamName"):
            return
        while True:
            given = {"nextToken": self._token} if self._token else {}
            try:
                page = self._logs.get_log_events(
                    logGroupName=place["groupName"],
                    logStreamName=place["streamName"],
                    startFromHead=True,
                    **given,
                )
            except self._logs.exceptions.ResourceNotFoundException:
                # It is made with the build's first line.
                return
            for event in page["events"]:
                self._take(COLOUR.sub("", event["message"]).rstrip())
            ended = page["nextForwardToken"] == self._token or not page["events"]
            self._token = page["nextForwardToken"]
            if ended:
                return

    def _take(self, line: str) -> None:
        self.begun = True
        if line.startswith(AGENT):
            self.complete = self.complete or "State: FAILED" in line
        elif line:
            self.last.append(line)
            self._tell(line)
