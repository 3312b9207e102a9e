"""`s-infra models`."""

from __future__ import annotations

import json

import click

from s_infra import aws
from s_infra.cli import options
from s_infra.runs import models as library

_pipeline = click.option("--pipeline", required=True, help="The pipeline's name: the module's `name_prefix`.")


@click.group()
def models() -> None:
    """List or delete the models that a pipeline registered, and what serves them."""


@models.command("list")
@_pipeline
@options.as_json
def list_models(pipeline: str, as_json: bool) -> None:
    """Print the names of the registered models."""
    names = list(library.registered(pipeline, aws.client("sagemaker")))
    click.echo(json.dumps(names) if as_json else "\n".join(names), nl=bool(names) or as_json)


@models.command()
@_pipeline
@options.as_json
def delete(pipeline: str, as_json: bool) -> None:
    """Delete the registered models and what serves them, as `terraform destroy` does; artifacts are kept."""
    deleted = library.delete(pipeline, aws.client("sagemaker"))
    counts = ", ".join(f"{len(names)} {noun}s" for noun, names in deleted.items())
    click.echo(f"deleted {counts} of {pipeline}", err=True)
    names = [name for found in deleted.values() for name in found]
    click.echo(json.dumps(deleted) if as_json else "\n".join(names), nl=bool(names) or as_json)
