"""`s-infra new`."""

from __future__ import annotations

from pathlib import Path

import click

from s_infra.projects import making


@click.command()
@click.argument("name")
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    show_default="here",
    help="The folder that gets the project's folder.",
)
@click.option(
    "--catalog",
    help="The ml-ops module's source, as Terraform reads it; by default the checkout that s-infra runs from.",
)
def new(name: str, into: Path, catalog: str | None) -> None:
    """Write a project that runs, into a new folder of this name, which is printed on stdout."""
    project = making.make(name, into, catalog)
    for path in project.files:
        click.echo(f"  {path}", err=True)
    click.echo(f"Go on in {project.directory} with its README.md.", err=True)
    click.echo(project.directory)
