"""`s-infra sandbox calls`: who called what, and what roles are granted and never needed."""

from __future__ import annotations

import json
import time

import click

from s_infra.cli.running import json_option, name_option, running
from s_infra.sandbox.access import grants


@click.command()
@name_option
@click.option("--all", "everyone", is_flag=True, help="The sandbox's own calls, too.")
@click.option("--unused", is_flag=True, help="Instead: what roles' policies grant and no call needed.")
@json_option
def calls(name: str, everyone: bool, unused: bool, as_json: bool) -> None:
    """Print who called what: time, principal, operation, resource, and whether it was allowed."""
    sandbox = running(name)
    recorded = sandbox.calls()
    if unused:
        found = grants.unused(sandbox.client("iam"), recorded)
        for line in [json.dumps(found)] if as_json else [" ".join(grant) for grant in found]:
            click.echo(line)
        return
    shown = [one for one in recorded if everyone or one["principal"].startswith("arn:")]
    if as_json:
        click.echo(json.dumps(shown))
        return
    for one in shown:
        when = time.strftime("%H:%M:%S", time.localtime(one["time"]))
        verdict = "allowed" if one["allowed"] else "denied"
        click.echo(f"{when} {verdict} {one['principal']} {one['operation']} {one['resource']}")
