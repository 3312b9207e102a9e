"""`s-infra sandbox clock`: the time by which alarms and schedules go."""

from __future__ import annotations

import json

import click

from s_infra.cli.running import json_option, name_option, running
from s_infra.sandbox import clock as clocks
from s_infra.sandbox import pages


@click.group()
def clock() -> None:
    """The time by which a sandbox's alarms and schedules go."""


@clock.command()
@name_option
@json_option
def show(name: str, as_json: bool) -> None:
    """Print the sandbox's time."""
    shown = pages.ask(running(name), clocks.PATH)
    click.echo(json.dumps(shown) if as_json else shown["now"])


@clock.command()
@click.argument("by")
@name_option
@json_option
def forward(by: str, name: str, as_json: bool) -> None:
    """Move the clock forward BY 2h, 1d12h or 90s, and print what came due on the way, in its order."""
    clocks.seconds_of(by)
    answer = pages.ask(running(name), clocks.FORWARD_PATH, {"by": by})
    if as_json:
        click.echo(json.dumps(answer))
        return
    for one in answer["fired"]:
        click.echo(f"{one['time']} {one['kind']} {one['name']}: {one['what']}")
    click.echo(f"it is {answer['now']}; {len(answer['fired'])} came due", err=True)
