"""`s-infra terraform`: runs whichever Terraform core there is."""

from __future__ import annotations

import os
import sys

import click

from s_infra.sandbox import init
from s_infra.terraform import afterwards, core


@click.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def terraform(arguments: tuple[str, ...]) -> None:
    """Run Terraform or OpenTofu from the PATH, or the built-in core: s-infra terraform -- plan.

    In the sandbox a failure is followed by the types that it serves, if another was asked for.
    """
    found = core.find()
    command = [*found.command, *arguments]
    os.environ.update({**core.GARBAGE, **os.environ, "CHECKPOINT_DISABLE": "1"})
    sys.stdout.flush()
    if not os.environ.get(afterwards.REATTACH_VARIABLE):
        # This process becomes the core: signals, prompts and exit code are its own.
        os.execv(command[0], command)  # noqa: S606
    code = init.run(command)
    if code == 1 and (more := afterwards.told(found, arguments, os.environ)):
        click.echo(more, err=True)
    sys.exit(code)
