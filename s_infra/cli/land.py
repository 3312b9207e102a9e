"""`s-infra land`."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from s_infra import aws
from s_infra.cli import options
from s_infra.cli.runs import watch_to_end
from s_infra.landing import contract, landing, looking
from s_infra.runs import console, pipeline

if TYPE_CHECKING:
    from s_infra.runs.pipeline import Kind, Pipeline


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@options.stack("--to")
@click.option(
    "--as",
    "kind",
    type=click.Choice(["training", "scoring"]),
    help="What the files are for; by default their names say it (train…, score…).",
)
@click.option(
    "--wait", is_flag=True, help="Follow each run to its end; exit with 1 if one fails or is refused."
)
@click.option("--again", is_flag=True, help="Start one more run of a file that has landed before.")
@click.option(
    "--schema",
    type=click.Path(path_type=Path),
    help="A Table Schema that the header is held to; by default the one that the pipeline was deployed with.",
)
@click.option("--delimiter", default=",", show_default=True, help="What separates the columns.")
@click.option("--no-check", is_flag=True, help="Land the files as they are, without looking them over.")
@options.chdir
@options.as_json
def land(
    files: tuple[Path, ...],
    stack: str | None,
    kind: str | None,
    wait: bool,
    again: bool,
    schema: Path | None,
    delimiter: str,
    no_check: bool,
    directory: Path,
    as_json: bool,
) -> None:
    """Put training or scoring data in the feature store, one after the other.

    Each landing starts one run, whose name is printed on stdout. All files are looked over before the first
    is sent. A file that has landed before, with the same name and content, starts no second run.
    """
    if len(delimiter) != 1:
        raise click.UsageError("--delimiter is one character")
    kinds = [cast("Kind", kind) if kind else landing.kind_of(path) for path in files]
    looked = [looking.look(path, delimiter=delimiter, check=not no_check) for path in files]
    deployed = pipeline.find(stack, directory)
    s3, states = aws.client("s3", config=aws.CHECKED_BY_CHECKSUM), aws.client("stepfunctions")
    if not no_check:
        _hold_to_contracts(looked, kinds, schema, deployed, s3)
    succeeded = True
    for one, its_kind in zip(looked, kinds, strict=True):
        landed = landing.land(one, its_kind, deployed, s3, again=again, tell=_progress)
        _tell(one.path, landed, states.meta.endpoint_url)
        click.echo(json.dumps(dataclasses.asdict(landed)) if as_json else landed.run)
        if wait:
            succeeded = watch_to_end(deployed, landed.run, landed.execution_arn, s3, states) and succeeded
    if not succeeded:
        sys.exit(1)


def _hold_to_contracts(
    looked: list[looking.Looked], kinds: list[Kind], schema: Path | None, deployed: Pipeline, s3: Any
) -> None:
    given = None if schema is None else contract.of_file(schema)
    for kind in dict.fromkeys(kinds):
        held_to = given or contract.of_pipeline(deployed, kind, s3)
        if held_to is not None:
            for one, its_kind in zip(looked, kinds, strict=True):
                if its_kind == kind:
                    held_to.hold(one.header, str(one.path))


def _progress(line: str) -> None:
    click.echo(line, err=True)


def _tell(path: Path, landed: landing.Landing, endpoint: str) -> None:
    place = f"s3://{landed.bucket}/{landed.key} version {landed.version_id}"
    if landed.new:
        click.echo(f"landed {path} as {place}", err=True)
    else:
        click.echo(f"{path} has landed before as {place}; --again lands it once more", err=True)
    click.echo(f"execution {landed.execution_arn}", err=True)
    if (link := console.execution(landed.execution_arn, endpoint)) is not None:
        click.echo(link, err=True)
