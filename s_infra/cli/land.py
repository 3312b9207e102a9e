"""`s-infra land`."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import cast

import click

from s_infra import aws
from s_infra.cli import options
from s_infra.cli.runs import show_outcome
from s_infra.landing import landing
from s_infra.runs import following, pipeline, report
from s_infra.terraform.core import Workspace


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--as",
    "kind",
    type=click.Choice(["training", "scoring"]),
    help="What the files are for; by default their names say it (train…, score…).",
)
@click.option(
    "--wait", is_flag=True, help="Follow each run to its end; exit with 1 if one fails or is refused."
)
@options.chdir
@options.as_json
def land(files: tuple[Path, ...], kind: str | None, wait: bool, directory: Path, as_json: bool) -> None:
    """Put training or scoring data in the feature store, one after the other.

    Each landing starts one run, whose name is printed on stdout.
    """
    kinds = [cast("pipeline.Kind", kind) if kind else landing.kind_of(path) for path in files]
    deployed = pipeline.from_workspace(Workspace(directory))
    s3, states = aws.client("s3"), aws.client("stepfunctions")
    succeeded = True
    for path, one in zip(files, kinds, strict=True):
        landed = landing.land(path, one, deployed, s3)
        click.echo(
            f"landed {path} as s3://{landed.bucket}/{landed.key} version {landed.version_id}", err=True
        )
        click.echo(json.dumps(dataclasses.asdict(landed)) if as_json else landed.run)
        if wait:
            outcome = following.follow(landed.execution_arn, states, on_stage=_tell)
            succeeded = show_outcome(deployed, landed.run, outcome, s3) and succeeded
    if not succeeded:
        sys.exit(1)


def _tell(stage: following.Stage) -> None:
    click.echo(f"  {report.stage_line(stage)}", err=True)
