"""`s-infra wheel`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from s_infra.packaging import wheels


@click.group()
def wheel() -> None:
    """Build a wheel that is the same bytes everywhere."""


@wheel.command("build")
@click.argument("source", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Where it goes.")
@click.option("--json", "as_json", is_flag=True, help="Print path and whether it changed as JSON.")
def build(source: Path, out: Path, as_json: bool) -> None:
    """Build the wheel of the project in SOURCE; its path is what stdout carries."""
    built = wheels.build(source, out)
    click.echo(f"{'built' if built.changed else 'unchanged'}: {built.path.name}", err=True)
    click.echo(
        json.dumps({"path": str(built.path), "changed": built.changed}) if as_json else str(built.path)
    )
