"""`s-infra sandbox mail`: what SNS would have mailed."""

from __future__ import annotations

import json
from typing import Any

import click

from s_infra.cli.running import json_option, name_option, running
from s_infra.errors import SInfraError
from s_infra.sandbox import pages
from s_infra.sandbox.clock import iso
from s_infra.sandbox.services.sns import MAIL_PATH


@click.group(invoke_without_command=True)
@name_option
@json_option
@click.pass_context
def mail(context: click.Context, name: str, as_json: bool) -> None:
    """List the e-mails that topics sent, oldest first; `mail show N` prints one."""
    context.obj = name
    if context.invoked_subcommand is not None:
        return
    mails = _mails(name)
    if as_json:
        click.echo(json.dumps({"mails": mails}))
        return
    for number, one in enumerate(mails, start=1):
        click.echo(f"{number}  {iso(one['time'])}  {one['to']}  {one['subject']}")
    if not mails:
        click.echo("no mail", err=True)


@mail.command()
@click.argument("number", type=click.IntRange(min=1))
@click.pass_obj
def show(name: str, number: int) -> None:
    """Print mail NUMBER of the list."""
    mails = _mails(name)
    if number > len(mails):
        raise SInfraError(
            f"there is no mail {number}", which=name, next_step="see the list: s-infra sandbox mail"
        )
    one = mails[number - 1]
    click.echo(f"To: {one['to']}\nSubject: {one['subject']}\nDate: {iso(one['time'])}\n\n{one['body']}")


def _mails(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pages.ask(running(name), MAIL_PATH)["mails"]
    return found
