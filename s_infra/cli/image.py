"""`s-infra image`: containers on their way to a registry."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click


@click.group()
def image() -> None:
    """Push a container's build context or image; prepare AWS's own."""


@image.command()
@click.argument("directory", type=click.Path(file_okay=False, exists=True, path_type=Path))
@click.option("--repository", required=True, help="Name of the ECR repository.")
@click.option("--tag", required=True, help="Tag of the image.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object in place of the URI.")
def push(directory: Path, repository: str, tag: str, as_json: bool) -> None:
    """Push the container in DIRECTORY; its URI is printed.

    To AWS an image goes, built by Docker or Podman. To a sandbox (AWS_ENDPOINT_URL) the build context
    itself goes, and no engine is needed.
    """
    from s_infra.packaging import images

    pushed = images.push(directory, repository, tag, lambda line: click.echo(line, err=True))
    if not pushed.uploaded:
        click.echo("already there, nothing sent", err=True)
    click.echo(json.dumps(dataclasses.asdict(pushed)) if as_json else pushed.uri)


@image.command()
@click.argument("uri")
def prepare(uri: str) -> None:
    """Install what the sandbox runs for one of AWS's own images, once; the package index is asked.

    URI is <account>.dkr.ecr.<region>.amazonaws.com/sagemaker-xgboost:<version> or
    …/sagemaker-scikit-learn:<version>-cpu-py3.
    """
    from s_infra.packaging import aws_images

    aws_images.prepare(uri, lambda line: click.echo(line, err=True))
    click.echo(uri)
