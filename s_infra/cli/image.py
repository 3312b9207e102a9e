"""`s-infra image`: containers on their way to a registry."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from s_infra.cli import options

if TYPE_CHECKING:
    from collections.abc import Callable

    from s_infra.checking.contract import Clause
    from s_infra.packaging.building import Wanted
    from s_infra.packaging.images import Builder

DEFAULT_PLATFORM = "linux/amd64"

_directory: Callable[[Any], Any] = click.argument(
    "directory", type=click.Path(file_okay=False, exists=True, path_type=Path)
)
_platform: Callable[[Any], Any] = click.option(
    "--platform", default=DEFAULT_PLATFORM, show_default=True, help="What an engine builds for."
)
_pinned: Callable[[Any], Any] = click.option(
    "--pinned-base", is_flag=True, help="Refuse a base image that isn't named by its digest."
)
_sample: Callable[[Any], Any] = click.option(
    "--sample",
    type=click.Path(file_okay=False, path_type=Path),
    help="What to try it with: a folder for each channel, request.csv, hyperparameters.json. By default "
    "DIRECTORY/sample.",
)


@click.group()
def image() -> None:
    """Build, check and push containers; prepare AWS's own."""


@image.command()
@_directory
@click.option("--tag", required=True, help="Name of the image in the engine, NAME:TAG.")
@_platform
@_pinned
def build(directory: Path, tag: str, platform: str, pinned_base: bool) -> None:
    """Build the container in DIRECTORY by Docker or Podman; the image's id is printed."""
    from s_infra.packaging import building

    click.echo(building.build_alone(directory, tag, _wanted(platform, pinned_base), _tell))


@image.command()
@_directory
@click.option("--repository", required=True, help="Name of the ECR repository.")
@click.option("--tag", required=True, help="Tag of the image.")
@click.option("--check", "checked", is_flag=True, help="Push only what keeps SageMaker's contract.")
@click.option(
    "--builder",
    type=click.Choice(["auto", "engine", "codebuild"]),
    default="auto",
    show_default=True,
    help="Docker or Podman here, or CodeBuild in the account; auto: CodeBuild where no engine answers.",
)
@click.option(
    "--project",
    help="CodeBuild project to build with; by default the one that the module left for the repository.",
)
@click.option("--by-digest", is_flag=True, help="Print the URI with the digest in place of the tag.")
@_sample
@_platform
@_pinned
@options.credentials
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object in place of the URI.")
def push(
    directory: Path,
    repository: str,
    tag: str,
    checked: bool,
    builder: Builder,
    project: str | None,
    by_digest: bool,
    sample: Path | None,
    platform: str,
    pinned_base: bool,
    profile: str | None,
    aws_credentials_file: Path | None,
    as_json: bool,
) -> None:
    """Push the container in DIRECTORY; its URI is printed.

    To AWS an image goes, built by Docker or Podman, or in the account by CodeBuild where none of them
    answers. To a sandbox (AWS_ENDPOINT_URL) the build context itself goes, and no engine is needed.
    """
    from s_infra import aws
    from s_infra.checking import contract
    from s_infra.packaging import images

    if builder == "engine" and project is not None:
        raise click.UsageError("--project is CodeBuild's, and --builder engine asks for an engine")
    wanted = _wanted(platform, pinned_base)
    if checked:
        contract.held(_checked(directory, sample, None, None, wanted))
    session = aws.session(profile, aws_credentials_file)
    pushed = images.push(
        directory, repository, tag, _tell, session=session, wanted=wanted, builder=builder, project=project
    )
    if not pushed.uploaded:
        click.echo("already there, nothing sent", err=True)
    uri = pushed.by_digest if by_digest else pushed.uri
    click.echo(json.dumps(dataclasses.asdict(pushed)) if as_json else uri)


@image.command()
@_directory
@_sample
@click.option("--content-type", help="Type of the request; by default its file's.")
@click.option("--accept", help="Type that the answer has to have; by default the request's.")
@_platform
@_pinned
@options.as_json
def check(
    directory: Path,
    sample: Path | None,
    content_type: str | None,
    accept: str | None,
    platform: str,
    pinned_base: bool,
    as_json: bool,
) -> None:
    """Hold the container in DIRECTORY to SageMaker's contract, before it is pushed.

    It is trained on the sample, made to fail, served, asked and stopped; by Docker or Podman, or else its
    programs as processes. Exits with 1 if a clause isn't kept.
    """
    clauses = _checked(directory, sample, content_type, accept, _wanted(platform, pinned_base))
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(one) for one in clauses]))
    if not all(one.kept for one in clauses):
        sys.exit(1)


@image.command()
@click.argument("uri")
def prepare(uri: str) -> None:
    """Install what the sandbox runs for one of AWS's own images, once; the package index is asked.

    URI is <account>.dkr.ecr.<region>.amazonaws.com/sagemaker-xgboost:<version> or
    …/sagemaker-scikit-learn:<version>-cpu-py3.
    """
    from s_infra.packaging import aws_images

    aws_images.prepare(uri, _tell)
    click.echo(uri)


def _checked(
    directory: Path, given: Path | None, content_type: str | None, accept: str | None, wanted: Wanted
) -> list[Clause]:
    from s_infra.checking import contract, images, sample

    tried = sample.read(given or directory / "sample", content_type, accept)
    return images.check(directory, tried, wanted, _tell, lambda clause: _tell(contract.page([clause])))


def _wanted(platform: str, pinned_base: bool) -> Wanted:
    from s_infra.packaging.building import Wanted

    return Wanted(platform, pinned_base)


def _tell(line: str) -> None:
    click.echo(line, err=True)
