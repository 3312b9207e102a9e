"""Pushing a container: as an image to AWS, as its build context to the sandbox."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import urllib3
from botocore.exceptions import ClientError

from s_infra import aws
from s_infra.errors import SInfraError
from s_infra.packaging import (
    building,
    buildkit,
    cloud_builder,
    context,
    dockerfile,
    engine,
    environments,
    registry,
    system_packages,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STATUS_PATH = "/_s_infra/status"
Builder: TypeAlias = Literal["auto", "engine", "codebuild"]


@dataclass(frozen=True)
class Pushed:
    """What a push did: the image's URI and digest, whether anything was sent, what was left out."""

    uri: str
    digest: str | None
    uploaded: bool
    warnings: tuple[str, ...] = ()

    @property
    def by_digest(self) -> str:
        """The URI that always names these bytes."""
        return f"{self.uri.rpartition(':')[0]}@{self.digest}"


def push(
    directory: Path,
    repository: str,
    tag: str,
    tell: Callable[[str], None],
    *,
    session: Any = None,
    wanted: building.Wanted | None = None,
    builder: Builder = "auto",
    project: str | None = None,
) -> Pushed:
    """Push the container in `directory`; where to is told by the AWS environment variables alone.

    `session` is a boto3 session, by default the environment's. `builder`: an engine of this machine's, or
    CodeBuild by `project` (by default the one that a module left for the repository); `auto` is the engine
    where one answers, and in a sandbox what the sandbox runs images with.

    Raises:
        SInfraError: no such repository, a Dockerfile that can't be carried out, no engine, a taken tag.
    """
    asked = wanted or building.Wanted()
    ecr = aws.client("ecr", session)
    with aws.explained(f"the repository {repository}"):
        described = _repository(ecr, repository)
        name, uri = described["repositoryName"], f"{described['repositoryUri']}:{tag}"
        endpoint = sandbox_endpoint()
        store = _Store(ecr, name, endpoint)
        if builder == "codebuild":
            by_cloud = _Cloud(_project(name, project, session), asked, session)
            return _push_made(directory, described, tag, tell, store, by_cloud)
        if endpoint is None:
            try:
                chosen = building.engine_for_images()
            except SInfraError:
                known = project or (cloud_builder.find(name, session) if builder == "auto" else None)
                if known is None:
                    raise
                by_cloud = _Cloud(known, asked, session)
                return _push_made(directory, described, tag, tell, store, by_cloud)
            with contextlib.closing(chosen):
                return _push_built(directory, described, tag, tell, store, uri, chosen, asked)
        engine_of_sandbox = _sandbox_engine(endpoint)
        if engine_of_sandbox is None and builder == "engine":
            raise SInfraError(
                "a container engine is to build it, and the sandbox has none",
                which=endpoint,
                next_step="start the sandbox where Docker or Podman answers, or leave --builder out",
            )
        if engine_of_sandbox is not None:
            # It runs on this machine, whatever processor that has.
            asked = building.Wanted(None, pinned_base=asked.pinned_base)
            local = registry.local(endpoint, name, tag)
            return _push_built(directory, described, tag, tell, store, local, engine_of_sandbox, asked)
        return _push_context(directory, described, tag, tell, ecr, endpoint)


def sandbox_endpoint() -> str | None:
    """Return the sandbox's endpoint when the environment points to one, else None."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL_ECR") or os.environ.get("AWS_ENDPOINT_URL")
    if not endpoint:
        return None
    try:
        answer = urllib3.request("GET", f"{endpoint.rstrip('/')}{STATUS_PATH}", retries=False, timeout=10.0)
        status = json.loads(answer.data) if answer.status == 200 else None
    except urllib3.exceptions.HTTPError as error:
        raise SInfraError(
            f"nothing answers at AWS_ENDPOINT_URL: {error}",
            which=endpoint,
            next_step="start the sandbox, or unset AWS_ENDPOINT_URL to push to AWS",
        ) from error
    except ValueError:
        return None
    return endpoint.rstrip("/") if isinstance(status, dict) and "services" in status else None


def _repository(ecr: Any, name: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = ecr.describe_repositories(repositoryNames=[name])["repositories"][0]
    except ClientError as error:
        if aws.error_code(error) != "RepositoryNotFoundException":
            raise
        raise SInfraError(
            error.response["Error"]["Message"],
            which=name,
            next_step="apply the Terraform configuration that makes the repository first",
        ) from error
    return found


def _push_context(
    directory: Path,
    repository: dict[str, Any],
    tag: str,
    tell: Callable[[str], None],
    ecr: Any,
    endpoint: str,
) -> Pushed:
    source = context.read(directory)
    plan = dockerfile.read(source)
    absent = system_packages.missing(plan.system_packages)
    for warning in (*plan.warnings, *([system_packages.told(absent)] if absent else [])):
        tell(f"warning: {warning}")
    environments.build(plan.python, plan.requirements, tell)
    layer = context.pack(source).data
    manifest = registry.manifest(layer)
    wanted = registry.digest(manifest)
    name, uri = repository["repositoryName"], f"{repository['repositoryUri']}:{tag}"
    present = _digest_of(ecr, name, tag)
    if present == wanted:
        return Pushed(uri, wanted, uploaded=False, warnings=plan.warnings)
    if present is not None and repository.get("imageTagMutability") == "IMMUTABLE":
        raise _taken(uri, tag, present)
    token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    store = registry.Registry(endpoint, registry.parse(uri).host, name, token)
    store.put_blob(registry.CONFIG)
    store.put_blob(layer)
    store.put_manifest(manifest, tag)
    return Pushed(uri, wanted, uploaded=True, warnings=plan.warnings)


def _sandbox_engine(endpoint: str) -> engine.Engine | None:
    """Return the engine that the sandbox runs images with, or None: it runs them as processes."""
    status = json.loads(urllib3.request("GET", f"{endpoint}{STATUS_PATH}", timeout=10.0).data)
    described = status.get("container_engine", {})
    wanted = engine.chosen_way()
    if described.get("way") == "engine" and wanted != "processes":
        try:
            return engine.connect(described["address"])
        except engine.NoEngineError as error:
            raise SInfraError(
                error.what, which=endpoint, next_step=f"start the engine again, or {engine.AS_PROCESSES}"
            ) from error
    if wanted == "engine":
        raise SInfraError(
            f"{engine.VARIABLE} asks for a container engine, and the sandbox has none: "
            f"{described.get('why')}",
            which=endpoint,
            next_step="start the sandbox where Docker or Podman answers",
        )
    return None


@dataclass(frozen=True)
class _Store:
    """One repository of AWS's ECR or, with an endpoint, of the sandbox's."""

    ecr: Any
    name: str
    endpoint: str | None

    @property
    def token(self) -> str:
        """A login of twelve hours, base64 of `user:password`."""
        answer = self.ecr.get_authorization_token()
        return str(answer["authorizationData"][0]["authorizationToken"])

    def context_of(self, uri: str, tag: str) -> str | None:
        """Return the digest of the context that an engine built the image from, None for any other image."""
        answer = self.ecr.batch_get_image(repositoryName=self.name, imageIds=[{"imageTag": tag}])
        manifest = json.loads(answer["images"][0]["imageManifest"])
        if "artifactType" in manifest or "config" not in manifest:
            return None
        configuration = json.loads(self._blob(uri, manifest["config"]["digest"]))
        labels = configuration.get("config", {}).get("Labels") or {}
        found = labels.get(engine.CONTEXT_LABEL)
        return None if found is None else str(found)

    def _blob(self, uri: str, digest: str) -> bytes:
        if self.endpoint is not None:
            host = registry.parse(uri).host
            return registry.Registry(self.endpoint, host, self.name, self.token).get_blob(digest)
        link = self.ecr.get_download_url_for_layer(repositoryName=self.name, layerDigest=digest)
        try:
            answer = urllib3.request("GET", link["downloadUrl"], timeout=60.0)
        except urllib3.exceptions.HTTPError as error:
            raise SInfraError(f"ECR's layers can't be read: {error}", which=uri) from error
        if answer.status != 200 or registry.digest(answer.data) != digest:
            raise SInfraError(f"ECR didn't hand the image's configuration over: {answer.status}", which=uri)
        return bytes(answer.data)


def _push_built(
    directory: Path,
    repository: dict[str, Any],
    tag: str,
    tell: Callable[[str], None],
    store: _Store,
    address: str,
    chosen: engine.Engine,
    wanted: building.Wanted,
) -> Pushed:
    """Build and push; `address` is what the engine reaches the repository by."""
    by_engine = _ByEngine(address, chosen, wanted, store)
    return _push_made(directory, repository, tag, tell, store, by_engine)


@dataclass(frozen=True)
class _ByEngine:
    """Makes an image with an engine of this machine, which reaches the repository by `address`."""

    address: str
    chosen: engine.Engine
    wanted: building.Wanted
    store: _Store

    def make(
        self, source: context.Context, packed: context.Packed, uri: str, tell: Callable[[str], None]
    ) -> None:
        """Build it and push it."""
        del uri
        building.build(source, packed, self.address, self.chosen, self.wanted, tell)
        self.chosen.push(self.address, self.store.token, tell)


@dataclass(frozen=True)
class _Cloud:
    """Makes an image by a CodeBuild project."""

    project: str
    wanted: building.Wanted
    session: Any

    def make(
        self, source: context.Context, packed: context.Packed, uri: str, tell: Callable[[str], None]
    ) -> None:
        """Have it built and pushed."""
        if self.wanted.pinned_base:
            building.check_pinned(source, None)
        project = cloud_builder.read(self.project, self.session)
        repository, _, tag = uri.rpartition(":")
        cloud_builder.check(project, repository, self.wanted.platform)
        by_buildkit = buildkit.asked_by(source) is not None
        cloud_builder.build(project, packed, tag, tell, self.session, by_buildkit=by_buildkit)


def _project(repository: str, named: str | None, session: Any) -> str:
    found = named or cloud_builder.find(repository, session)
    if found is None:
        raise SInfraError(
            "no CodeBuild project is known that builds this repository's images",
            which=repository,
            next_step="give the module image_builder = {} and apply it, or name one: --project NAME",
        )
    return found


def _push_made(
    directory: Path,
    repository: dict[str, Any],
    tag: str,
    tell: Callable[[str], None],
    store: _Store,
    maker: _ByEngine | _Cloud,
) -> Pushed:
    """Have the image made and pushed, unless the tag holds it already."""
    source = context.read(directory)
    packed = context.pack(source)
    uri = f"{repository['repositoryUri']}:{tag}"
    present = _digest_of(store.ecr, store.name, tag)
    if present is not None:
        # Two builds of one context differ in their times, so the context's own digest is looked at.
        if store.context_of(uri, tag) == packed.digest:
            return Pushed(uri, present, uploaded=False)
        if repository.get("imageTagMutability") == "IMMUTABLE":
            raise _taken(uri, tag, present)
    maker.make(source, packed, uri, tell)
    return Pushed(uri, _digest_of(store.ecr, store.name, tag), uploaded=True)


def _taken(uri: str, tag: str, present: str) -> SInfraError:
    return SInfraError(
        f"the tag {tag} holds another image ({present[:19]}…), and the repository's tags are immutable",
        which=uri,
        next_step="push under a new tag",
    )


def _digest_of(ecr: Any, repository: str, tag: str) -> str | None:
    answer = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageTag": tag}])
    return next((image["imageId"]["imageDigest"] for image in answer["images"]), None)
