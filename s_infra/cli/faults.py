"""`s-infra sandbox fault`: asks a sandbox for faults, shows them, takes them back."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from datetime import datetime
from typing import Any

import click

from s_infra.cli.running import DEFAULT_NAME, json_option, running
from s_infra.sandbox import pages
from s_infra.sandbox.faults import fault as model
from s_infra.sandbox.faults import page

_name = click.option("--name", help="Which sandbox; else that of AWS_ENDPOINT_URL, else 'default'.")


@click.group()
def fault() -> None:
    """Faults on request: calls that fail, deliveries that go astray, programs that are killed."""


@fault.command()
@_name
@json_option
@click.argument("kind", type=click.Choice(model.KINDS))
@click.argument("target")
@click.option("--on", default="*", help="Only where a name of the occasion matches: 'my-bucket/train/*'.")
@click.option("--nth", default=1, help="The first occasion to strike, counted from now on.")
@click.option("--count", default=1, help="How many occasions to strike.")
@click.option("--probability", type=float, help="Strike each occasion so often instead, at most COUNT times.")
@click.option("--seed", default=0, help="Of the random numbers for --probability.")
@click.option("--seconds", default=0.0, help="How slow, how late; how long a program lives.")
@click.option("--status", default=500, help="The answer's status of 'fail'.")
@click.option("--code", help="The error's code of 'error'.")
@click.option("--after", is_flag=True, help="Fail or cut when the call has taken effect, not before.")
def add(name: str | None, as_json: bool, **given: Any) -> None:
    """Have a fault strike. TARGET is an operation (s3:GetObject), a delivery or a kind of program."""
    asked = {key: value for key, value in given.items() if value is not None}
    answer = _ask(name, page.PATH, json.dumps(asked).encode())
    click.echo(json.dumps(answer) if as_json else f"fault {answer['id']}: {_words(answer)}")


@fault.command("list")
@_name
@json_option
def list_(name: str | None, as_json: bool) -> None:
    """Show the faults, how often each could have struck, and each time that one did."""
    answer = _ask(name, page.PATH)
    if as_json:
        click.echo(json.dumps(answer))
        return
    for one in answer["faults"]:
        click.echo(f"fault {one['id']}: {_words(one)}: struck {one['fired']} of {one['seen']}")
    for one in answer["fired"]:
        moment = datetime.fromtimestamp(one["time"]).astimezone().isoformat(timespec="milliseconds")
        words = f"{moment} fault {one['id']}: {one['kind']} {one['target']} {one['on']} {one['about']}"
        click.echo(words.rstrip())


@fault.command()
@_name
def clear(name: str | None) -> None:
    """Take all faults back, and forget which have struck."""
    _ask(name, page.CLEAR_PATH, b"{}")


def _endpoint(name: str | None) -> str:
    pointed_at = os.environ.get("AWS_ENDPOINT_URL", "")
    if name is None and pointed_at.startswith("http://127.0.0.1:"):
        return pointed_at
    return running(name or DEFAULT_NAME).endpoint


def _words(fault: dict[str, Any]) -> str:
    known = ("id", "kind", "target", "seen", "fired")
    more = [f"{key} {value}" for key, value in fault.items() if key not in known]
    return " ".join([fault["kind"], fault["target"], *more])


def _ask(name: str | None, path: str, body: bytes | None = None) -> dict[str, Any]:
    request = urllib.request.Request(_endpoint(name) + path, data=body)  # noqa: S310 - the sandbox's own
    try:
        with urllib.request.urlopen(request, timeout=pages.LONGEST_S) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
            return found
    except urllib.error.HTTPError as error:
        raise click.UsageError(str(json.load(error)["message"])) from error
