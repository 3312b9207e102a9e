"""`s-infra wheel`."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.group()
def wheel() -> None:
    """Build wheels, function zips and layers that are the same bytes everywhere."""


@wheel.command("build")
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder that they go to."
)
@click.option("--target", help="Where the code runs; its dependencies are then built as well.")
@click.option("--layer", is_flag=True, help="For Lambda: put the dependencies in a layer of their own.")
@click.option(
    "--lock",
    "lock_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The lock that Terraform reads; by default artifacts.lock.json in the folder of --out.",
)
@click.option("--json", "as_json", is_flag=True, help="Print paths, the lock and whether it changed as JSON.")
def build(
    source: Path, out: Path, target: str | None, layer: bool, lock_file: Path | None, as_json: bool
) -> None:
    """Build SOURCE: a project, a function's folder or a requirements file. Paths are what stdout carries.

    Targets: glue-python-shell-3.9, glue-spark-3.11, lambda-3.12-arm64, lambda-3.12-x86_64,
    lambda-3.13-arm64, lambda-3.13-x86_64.
    """
    from s_infra.packaging import builds

    done = builds.build(
        source, out, target, lambda line: click.echo(line, err=True), layer=layer, lock_file=lock_file
    )
    for path in done.paths:
        click.echo(f"{'built' if done.changed else 'unchanged'}: {path.name}", err=True)
    if as_json:
        paths = [str(path) for path in done.paths]
        click.echo(json.dumps({"paths": paths, "lock": str(done.lock), "changed": done.changed}))
        return
    for path in done.paths:
        click.echo(str(path))
