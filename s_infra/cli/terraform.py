"""`s-infra terraform`: runs whichever Terraform core there is."""

from __future__ import annotations

import os
import sys

import click

from s_infra.terraform import core


@click.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def terraform(arguments: tuple[str, ...]) -> None:
    """Run Terraform or OpenTofu from the PATH, or the built-in core: s-infra terraform -- plan."""
    found = core.find()
    sys.stdout.flush()
    os.execve(  # noqa: S606 - this process becomes the core: signals, prompts and exit code are its own
        found.command[0],
        [*found.command, *arguments],
        {**os.environ, "CHECKPOINT_DISABLE": "1"},
    )
