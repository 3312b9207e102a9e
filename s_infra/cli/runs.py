"""`s-infra runs`."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from s_infra import aws
from s_infra.cli import options
from s_infra.runs import console as aws_console
from s_infra.runs import finding, following, live, logs, pipeline, records, report


@click.group()
def runs() -> None:
    """Tell what became of a landed file."""


@runs.command("list")
@options.stack("--of")
@click.option("--file", help="The runs of one file alone: its name in the feature store, key or URI.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="The last ones alone.")
@options.chdir
@options.as_json
def list_runs(stack: str | None, file: str | None, limit: int, directory: Path, as_json: bool) -> None:
    """List the pipeline's runs, the last first, with the file that each was started by."""
    deployed = pipeline.find(stack, directory)
    states, s3 = aws.client("stepfunctions"), aws.client("s3")
    found = list(finding.runs(deployed, states, s3, limit=limit, file=file))
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(one) for one in found]))
    elif not found:
        click.echo(f"no runs of {file or deployed.name} yet", err=True)
    else:
        _print(found)


def _print(found: list[finding.Found]) -> None:
    heads = ("RUN", "KIND", "STATUS", "BEGUN", "SECONDS", "FILE")
    rows = [
        (
            one.run,
            one.kind,
            one.status,
            one.begun or "",
            "" if one.seconds is None else f"{one.seconds:.1f}",
            one.data,
        )
        for one in found
    ]
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    for row in (heads, *rows):
        click.echo("  ".join(f"{field:<{width}}" for field, width in zip(row, widths, strict=True)).rstrip())


@runs.command()
@click.argument("run")
@click.option(
    "--html",
    "page_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write a page that shows it to FILE: one file, for any browser, that needs no network.",
)
@options.stack("--of")
@options.chdir
@options.as_json
def show(run: str, page_file: Path | None, stack: str | None, directory: Path, as_json: bool) -> None:
    """Show the run that `s-infra land` named: its stages, and its record once it has ended."""
    if page_file is not None:
        _write_page(run, page_file, stack, directory)
        click.echo(json.dumps({"page": str(page_file)}) if as_json else str(page_file))
        return
    deployed = pipeline.find(stack, directory)
    states, s3 = aws.client("stepfunctions"), aws.client("s3")
    outcome, record = finding.outcome(deployed, run, states), records.record(deployed, run, s3)
    if outcome is None and record is None:
        raise finding.no_such_run(run)
    if as_json:
        execution = None if outcome is None else dataclasses.asdict(outcome)
        click.echo(json.dumps({"execution": execution, "record": record}))
        return
    for line in report.lines(run, outcome, record):
        click.echo(line)
    if outcome and (link := aws_console.execution(outcome.execution_arn, states.meta.endpoint_url)):
        click.echo(link)


def _write_page(run: str, target: Path, stack: str | None, directory: Path) -> None:
    # What draws is loaded only where it draws.
    from s_infra.runs.page import write

    write.check(target)
    deployed = pipeline.find(stack, directory)
    outcome = finding.outcome(deployed, run, aws.client("stepfunctions"))
    if outcome is None:
        raise finding.no_such_run(run)
    write.page(run, outcome.execution_arn, deployed, aws.client, target)


@runs.command()
@click.argument("run")
@options.stack("--of")
@options.chdir
def watch(run: str, stack: str | None, directory: Path) -> None:
    """Follow a run to its end; exit with 1 if it fails or its model is refused."""
    deployed = pipeline.find(stack, directory)
    states, s3 = aws.client("stepfunctions"), aws.client("s3")
    outcome = finding.outcome(deployed, run, states)
    if outcome is None:
        raise finding.no_such_run(run)
    if not watch_to_end(deployed, run, outcome.execution_arn, s3, states):
        sys.exit(1)


def watch_to_end(deployed: pipeline.Pipeline, run: str, execution_arn: str, s3: Any, states: Any) -> bool:
    """Show a run's states while it goes, and how it ended; return whether it did what was wanted."""
    with live.view(Console(stderr=True)) as on_stage:
        outcome = following.follow(execution_arn, states, on_stage=on_stage)
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
