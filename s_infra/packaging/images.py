"""Pushing a container: as an image to AWS, as its build context to the sandbox."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import urllib3
from botocore.exceptions import ClientError

from s_infra import aws
from s_infra.errors import SInfraError
from s_infra.packaging import context, dockerfile, engine, environments, registry, system_packages

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STATUS_PATH = "/_s_infra/status"
ENGINES = ("docker", "podman")


@dataclass(frozen=True)
class Pushed:
    """What a push did: the image's URI and digest, whether anything was sent, what was left out."""

    uri: str
    digest: str | None
    uploaded: bool
    warnings: tuple[str, ...] = ()


def push(directory: Path, repository: str, tag: str, tell: Callable[[str], None]) -> Pushed:
    """Push the container in `directory`; where to is told by the AWS environment variables alone.

    Raises:
        SInfraError: no such repository, a Dockerfile that can't be carried out, no engine, a taken tag.
    """
    ecr = aws.client("ecr")
    with aws.explained(f"the repository {repository}"):
        described = _repository(ecr, repository)
        endpoint = sandbox_endpoint()
        if endpoint is None:
            return _push_image(directory, described, tag, tell, ecr)
        chosen = _sandbox_engine(endpoint)
        if chosen is not None:
            return _push_built(directory, described, tag, tell, ecr, endpoint, chosen)
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


def _push_built(
    directory: Path,
    repository: dict[str, Any],
    tag: str,
    tell: Callable[[str], None],
    ecr: Any,
    endpoint: str,
    chosen: engine.Engine,
) -> Pushed:
    source = context.read(directory)
    packed = context.pack(source)
    name, uri = repository["repositoryName"], f"{repository['repositoryUri']}:{tag}"
    token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    present = _digest_of(ecr, name, tag)
    if present is not None:
        store = registry.Registry(endpoint, registry.parse(uri).host, name, token)
        # Two builds of one context differ in their times, so the context's own digest is looked at.
        if _context_of(ecr, store, name, tag) == packed.digest:
            return Pushed(uri, present, uploaded=False)
        if repository.get("imageTagMutability") == "IMMUTABLE":
            raise _taken(uri, tag, present)
    local = registry.local(endpoint, name, tag)
    tell(f"building {uri} with {chosen.name}")
    try:
        chosen.build(packed.data, local, packed.digest, tell)
    except SInfraError as error:
        raise _without_base(source, chosen, error) or error from error
    chosen.push(local, token, tell)
    return Pushed(uri, _digest_of(ecr, name, tag), uploaded=True)


def _without_base(source: context.Context, chosen: engine.Engine, error: SInfraError) -> SInfraError | None:
    """Return what to say of a build that failed for want of its base image, None for any other failure."""
    missing = [one for one in dockerfile.base_images(source) if not chosen.has(one)]
    if not missing:
        return None
    return SInfraError(
        f"the base image {missing[0]} isn't in {chosen.name}, which can't pull it: {error.what}",
        which=error.which,
        next_step=f"pull it where its registry can be reached, or {engine.AS_PROCESSES}",
    )


def _context_of(ecr: Any, store: registry.Registry, repository: str, tag: str) -> str | None:
    """Return the digest of the context that an engine built the image from, None for any other image."""
    answer = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageTag": tag}])
    manifest = json.loads(answer["images"][0]["imageManifest"])
    if "artifactType" in manifest or "config" not in manifest:
        return None
    configuration = json.loads(store.get_blob(manifest["config"]["digest"]))
    labels = configuration.get("config", {}).get("Labels") or {}
    found = labels.get(engine.CONTEXT_LABEL)
    return None if found is None else str(found)


def _taken(uri: str, tag: str, present: str) -> SInfraError:
    return SInfraError(
        f"the tag {tag} holds another image ({present[:19]}…), and the repository's tags are immutable",
        which=uri,
        next_step="push under a new tag",
    )


def _digest_of(ecr: Any, repository: str, tag: str) -> str | None:
    answer = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageTag": tag}])
    return next((image["imageId"]["imageDigest"] for image in answer["images"]), None)


def _push_image(
    directory: Path, repository: dict[str, Any], tag: str, tell: Callable[[str], None], ecr: Any
) -> Pushed:
    engine = _engine()
    uri = f"{repository['repositoryUri']}:{tag}"
    tell(f"building {uri} with {engine}")
    # For SageMaker's x86-64 instances, whatever this machine is.
    _run([engine, "build", "--platform", "linux/amd64", "--tag", uri, str(directory)], tell)
    token = ecr.get_authorization_token()["authorizationData"][0]
    user, _, password = base64.b64decode(token["authorizationToken"]).decode().partition(":")
    host = registry.parse(uri).host
    # By stdin, so that no list of processes shows it.
    _run([engine, "login", "--username", user, "--password-stdin", host], tell, given=password)
    _run([engine, "push", uri], tell)
    return Pushed(uri, _digest_of(ecr, repository["repositoryName"], tag), uploaded=True)


def _engine() -> str:
    reasons = []
    for name in ENGINES:
        program = shutil.which(name)
        if program is None:
            continue
        try:
            answer = subprocess.run(
                [program, "info"], capture_output=True, text=True, timeout=30, check=False
            )
        except subprocess.TimeoutExpired:
            reasons.append(f"{name} doesn't answer")
            continue
        if answer.returncode == 0:
            return program
        reasons.append(f"{name}: {answer.stderr.strip().splitlines()[-1:] or 'failed'}")
    raise SInfraError(
        "an image for AWS is built by a container engine, and none answers on this machine",
        which="; ".join(reasons) or "neither docker nor podman is on the PATH",
        next_step="start Docker or Podman, or let the build run in the cloud",
    )


def _run(command: list[str], tell: Callable[[str], None], *, given: str | None = None) -> None:
    # With attestations the tag names an index of manifests, which SageMaker doesn't take for an image.
    variables = {**os.environ, "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False, env=variables)
    for line in done.stderr.splitlines():
        tell(line)
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise SInfraError(
            f"{' '.join(command[:2])} failed: {''.join(last)}",
            which=command[-1],
            next_step="see the lines above",
        )
