"""`s-infra runs`."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import click

from s_infra import aws
from s_infra.cli import options
from s_infra.errors import SInfraError
from s_infra.runs import following, logs, pipeline, records, report
from s_infra.terraform.core import Workspace

if TYPE_CHECKING:
    from pathlib import Path


@click.group()
def runs() -> None:
    """Tell what became of a landed file."""


@runs.command()
@click.argument("run")
@options.chdir
@options.as_json
def show(run: str, directory: Path, as_json: bool) -> None:
    """Show the run that `s-infra land` named: its stages, and its record once it has ended."""
    deployed = pipeline.from_workspace(Workspace(directory))
    states, s3 = aws.client("stepfunctions"), aws.client("s3")
    arns = (deployed.execution_arn("training", run), deployed.execution_arn("scoring", run))
    outcome = next((found for arn in arns if (found := following.read(arn, states)) is not None), None)
    if outcome is None:
        raise SInfraError(
            "no such run",
            which=run,
            next_step="`s-infra land` prints a run's name; a run that hasn't begun yet isn't known",
        )
    record = records.record(deployed, run, s3)
    if as_json:
        click.echo(json.dumps({"execution": dataclasses.asdict(outcome), "record": record}))
    else:
        for line in report.lines(run, outcome, record):
            click.echo(line)


def show_outcome(deployed: pipeline.Pipeline, run: str, outcome: following.Outcome, s3: Any) -> bool:
    """Tell a person how a run ended, with the log behind a failure; return whether it did what was wanted."""
    record = records.record(deployed, run, s3)
    # Whoever waited has seen the stages go by.
    for line in report.lines(run, outcome, record, stages=False):
        click.echo(line, err=True)
    if outcome.status != "SUCCEEDED":
        for tail in logs.of_failure(outcome.cause, aws.client("logs"), aws.client("sagemaker")):
            click.echo(f"log {tail.group} {tail.stream}:", err=True)
            for line in tail.lines:
                click.echo(f"  {line}", err=True)
    return outcome.status == "SUCCEEDED" and (record or {}).get("status") != "refused"
