"""The operations on projects."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.codebuild import buildspec
from s_infra.sandbox.services.codebuild.errors import CodeBuildError, invalid, refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Fields = dict[str, Any]
# AWS's own images, aws/codebuild/amazonlinux-x86_64-standard:5.0: this machine's programs are in their place.
CURATED = re.compile(r"aws/codebuild/[a-z0-9_-]*standard:\d+\.\d+(-[\d.]+)?")
MOST_NAMES = 100
DEFAULT_TIMEOUT_MIN, DEFAULT_QUEUED_MIN = 60, 480
LONGEST_TIMEOUT_MIN = 2160
UNLIMITED = -1


class Projects:
    """All projects, by name. The service's lock is held while an operation is carried out."""

    def __init__(self, region: str, account_id: str) -> None:
        self.by_name: dict[str, Fields] = {}
        self._prefix = f"arn:aws:codebuild:{region}:{account_id}:project/"
        self._default_key = f"arn:aws:kms:{region}:{account_id}:alias/aws/s3"

    def create(self, given: Fields) -> Fields:
        """Carry out CreateProject."""
        name = given["name"]
        if name in self.by_name:
            raise CodeBuildError("ResourceAlreadyExistsException", f"Project already exists: {name}")
        now = time.time()
        made = {
            "timeoutInMinutes": DEFAULT_TIMEOUT_MIN,
            "queuedTimeoutInMinutes": DEFAULT_QUEUED_MIN,
            "encryptionKey": self._default_key,
            "cache": {"type": "NO_CACHE"},
            "tags": [],
            **given,
            "arn": self._prefix + name,
            "created": now,
            "lastModified": now,
            "badge": {"badgeEnabled": False},
            "projectVisibility": "PRIVATE",
        }
        self.by_name[name] = _settled("CreateProject", made)
        return {"project": self.by_name[name]}

    def update(self, given: Fields) -> Fields:
        """Carry out UpdateProject: what isn't given stays."""
        known = self.find(given["name"])
        changed = {**known, **given, "name": known["name"], "lastModified": time.time()}
        self.by_name[known["name"]] = _settled("UpdateProject", changed)
        return {"project": self.by_name[known["name"]]}

    def delete(self, given: Fields) -> Fields:
        """Carry out DeleteProject: its builds stay. One that isn't there is deleted, too."""
        self.by_name.pop(self.name_of(given["name"]), None)
        return {}

    def batch_get(self, given: Fields) -> Fields:
        """Carry out BatchGetProjects."""
        names = given["names"]
        found = [self.by_name[self.name_of(name)] for name in names if self.name_of(name) in self.by_name]
        return {
            "projects": found,
            "projectsNotFound": [name for name in names if self.name_of(name) not in self.by_name],
        }

    def list_names(self, given: Fields) -> Fields:
        """Carry out ListProjects."""
        return page("projects", sorted(self.by_name), given)

    def find(self, name: str) -> Fields:
        """Return the project of a name or an ARN.

        Raises:
            CodeBuildError: there is none.
        """
        known = self.by_name.get(self.name_of(name))
        if known is None:
            arn = name if name.startswith("arn:") else self._prefix + name
            raise CodeBuildError("ResourceNotFoundException", f"Project cannot be found: {arn}")
        return known

    def name_of(self, name: str) -> str:
        """Return the name that an ARN is of, or the name itself."""
        return name.removeprefix(self._prefix)


def _settled(operation: str, project: Fields) -> Fields:
    """Return a project with AWS's defaults.

    Raises:
        CodeBuildError: its parts don't go together, or aren't carried out.
    """
    environment, source = dict(project["environment"]), dict(project["source"])
    if not CURATED.fullmatch(environment["image"]):
        raise refusal(operation, f"environment.image {environment['image']}")
    environment.setdefault("privilegedMode", False)
    environment.setdefault("imagePullCredentialsType", "CODEBUILD")
    environment["environmentVariables"] = [
        {"type": "PLAINTEXT", **one} for one in environment.get("environmentVariables", ())
    ]
    if not 5 <= project["timeoutInMinutes"] <= LONGEST_TIMEOUT_MIN:
        raise invalid(f"Invalid timeout: it is 5 to {LONGEST_TIMEOUT_MIN} minutes")
    if not 5 <= project["queuedTimeoutInMinutes"] <= DEFAULT_QUEUED_MIN:
        raise invalid(f"Invalid queued timeout: it is 5 to {DEFAULT_QUEUED_MIN} minutes")
    check_source(operation, source)
    settled = {**project, "environment": environment, "source": source}
    if settled.get("concurrentBuildLimit") == UNLIMITED:
        del settled["concurrentBuildLimit"]
    elif settled.get("concurrentBuildLimit", 1) < 1:
        raise invalid("Invalid concurrent build limit: it is at least 1, or -1 for none")
    return settled


def check_source(operation: str, source: Mapping[str, Any]) -> None:
    """Hold a project's or a build's source to what AWS takes and the sandbox carries out.

    Raises:
        CodeBuildError: it is wrong, or isn't carried out.
    """
    location, spec = source.get("location") or "", source.get("buildspec") or ""
    if source["type"] == "S3":
        bucket, _, key = location.partition("/")
        if not bucket or not key:
            raise invalid("Invalid project source: location must be a valid S3 source: bucket/path")
    elif location:
        raise invalid("Invalid project source: location must be empty for a project without source")
    elif not buildspec.is_inline(spec):
        raise invalid(
            "Invalid project source: buildspec must be specified when using no source, not a file path"
        )
    if spec.startswith("arn:"):
        raise refusal(operation, f"source.buildspec {spec}")
    if buildspec.is_inline(spec):
        try:
            buildspec.parse(spec)
        except buildspec.NotCarriedError as error:
            raise refusal(operation, f"buildspec {error}") from error
        except buildspec.BuildspecError:
            # AWS takes it, and the build fails.
            return


def page(field: str, entries: list[str], given: Mapping[str, Any]) -> Fields:
    """Return the part of a list that a request asks for, and where the next begins."""
    token = str(given.get("nextToken") or "0")
    if not token.isdigit():
        raise invalid("Invalid next token")
    first = int(token)
    found: Fields = {field: entries[first : first + MOST_NAMES]}
    if first + MOST_NAMES < len(entries):
        found["nextToken"] = str(first + MOST_NAMES)
    return found


OPERATIONS: Mapping[str, Callable[[Projects, Fields], Fields]] = {
    "CreateProject": Projects.create,
    "UpdateProject": Projects.update,
    "DeleteProject": Projects.delete,
    "BatchGetProjects": Projects.batch_get,
    "ListProjects": Projects.list_names,
}
