"""`s-infra sandbox`: starts, ends and shows sandboxes, and runs commands in them."""

from __future__ import annotations

import json
import shlex
import time

import click

from s_infra.cli.faults import fault
from s_infra.cli.running import json_option, name_option, running
from s_infra.cli.sandbox_calls import calls
from s_infra.cli.sandbox_mail import mail
from s_infra.cli.sandbox_time import clock
from s_infra.packaging import engine
from s_infra.sandbox import execute, supervisor
from s_infra.sandbox import logs as log_reader

_iam = click.option(
    "--iam", is_flag=True, help="Let functions, jobs and machines do what their roles' policies allow alone."
)


@click.group()
def sandbox() -> None:
    """AWS's side of the pipeline, on this machine."""


@sandbox.command()
@name_option
@click.option(
    "--port", default=0, type=click.IntRange(0, 65535), help="Port on 127.0.0.1; 0 takes a free one."
)
@click.option("--keep", is_flag=True, help="Keep the state at `down`, and take up what was kept before.")
@_iam
@json_option
def up(name: str, port: int, keep: bool, iam: bool, as_json: bool) -> None:
    """Start a sandbox in the background."""
    began = time.monotonic()
    found = supervisor.start(name, port=port, keep=keep, iam=iam)
    click.echo(f"sandbox '{name}' is ready after {time.monotonic() - began:.1f} s", err=True)
    click.echo(f'use it in this shell with: eval "$(s-infra sandbox env --name {name})"', err=True)
    click.echo(json.dumps(dict(found.status)) if as_json else found.endpoint)


@sandbox.command()
@name_option
@click.option("--discard", is_flag=True, help="Throw away what --keep kept, too.")
def down(name: str, discard: bool) -> None:
    """End a sandbox and all that runs in it."""
    found = supervisor.find(name)
    if found is None and discard and supervisor.discard(name):
        click.echo(f"what sandbox '{name}' had kept is gone", err=True)
        return
    one = running(name)
    lost = one.stop()
    if discard:
        supervisor.discard(name)
    kept = "; its state is kept for the next `up --keep`" if one.status.get("keep") and not discard else ""
    click.echo(f"sandbox '{name}' has ended{kept}", err=True)
    for what in lost if kept else ():
        click.echo(f"not kept: {what}", err=True)


@sandbox.command()
@name_option
@json_option
def status(name: str, as_json: bool) -> None:
    """Show where a sandbox listens and how it runs containers; exits with 1 when it doesn't run."""
    found = running(name).status
    shown = {**found, "container_engine": engine.checked(found["container_engine"])}
    if as_json:
        click.echo(json.dumps(shown))
        return
    for key, value in shown.items():
        click.echo(f"{key}: {json.dumps(value) if isinstance(value, dict | list) else value}")


@sandbox.command()
@name_option
@json_option
def env(name: str, as_json: bool) -> None:
    """Print the variables that make a shell use a sandbox: eval "$(s-infra sandbox env)"."""
    variables = running(name).environment
    if as_json:
        click.echo(json.dumps(variables))
        return
    for key, value in variables.items():
        click.echo(f"export {key}={shlex.quote(value)}")


@sandbox.command()
@name_option
@click.option("--follow", is_flag=True, help="Go on until the sandbox ends or Ctrl-C.")
@click.option("--group", default="", help="Log groups whose names begin so: /aws/sagemaker/TrainingJobs.")
@click.option("--job", default="", help="Log streams whose names begin so: a job's name, a Glue run's id.")
@click.option("--server", is_flag=True, help="The sandbox's own log instead.")
def logs(name: str, follow: bool, group: str, job: str, server: bool) -> None:
    """Print what jobs, functions and machines wrote to CloudWatch Logs."""
    one = running(name)
    if server:
        if group or job:
            raise click.UsageError("--server has no groups and jobs")
        for text in one.server_log(follow=follow):
            click.echo(text, nl=False)
        return
    reader = log_reader.Reader(one.client("logs"), group, job)
    for line in reader.follow() if follow else reader.new():
        click.echo(line)


@sandbox.command()
@json_option
def parity(as_json: bool) -> None:
    """Print what is carried out of AWS and how, made from the code, each row with its test."""
    from s_infra.sandbox import parity as tables

    rows = tables.table()
    click.echo(tables.as_json(rows) if as_json else "\n".join(tables.lines(rows)))


@sandbox.command("exec", context_settings={"ignore_unknown_options": True})
@click.option(
    "--provider",
    type=click.Choice(execute.PROVIDERS),
    default="embedded",
    show_default=True,
    help="Terraform's aws provider: the sandbox's own, or the stock one from the registry.",
)
@_iam
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_context
def exec_(ctx: click.Context, provider: str, iam: bool, command: tuple[str, ...]) -> None:
    """Run COMMAND in a fresh sandbox that ends with it; the exit code is COMMAND's."""
    ctx.exit(execute.run(command, provider=provider, iam=iam))


sandbox.add_command(calls)
sandbox.add_command(clock)
sandbox.add_command(fault)
sandbox.add_command(mail)
