"""The `s-infra` command: nouns are loaded when they are used, so that `--help` stays quick."""

from __future__ import annotations

import importlib
import sys

import click

from s_infra.errors import SInfraError

NOUNS = {
    "docs": ("s_infra.cli.docs:docs", "Document Terraform modules."),
    "image": ("s_infra.cli.image:image", "Build, check and push containers."),
    "land": ("s_infra.cli.land:land", "Put training or scoring data in the feature store."),
    "models": ("s_infra.cli.models:models", "List or delete the models that a pipeline registered."),
    "new": ("s_infra.cli.new:new", "Write a project that runs, to start from."),
    "runs": ("s_infra.cli.runs:runs", "Tell what became of a landed file."),
    "sandbox": ("s_infra.cli.sandbox:sandbox", "AWS's side of the pipeline, on this machine."),
    "terraform": ("s_infra.cli.terraform:terraform", "Run Terraform, OpenTofu or the built-in core."),
    "upload": ("s_infra.cli.upload:upload", "Make a prefix of a bucket hold what a folder holds."),
    "wheel": (
        "s_infra.cli.wheel:wheel",
        "Build wheels, function zips and layers that are the same bytes everywhere.",
    ),
}


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted(NOUNS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in NOUNS:
            return None
        module, _, attribute = NOUNS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{NOUNS[cmd_name][0]} is not a command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, NOUNS[name][1]) for name in sorted(NOUNS)])


@click.group(cls=_LazyGroup)
@click.version_option(package_name="s-infra")
def cli() -> None:
    """Package, upload, document and run the s-infra catalog."""


def main() -> None:
    """Run the command line; a known failure is printed on stderr and exits with 1, a usage error with 2."""
    try:
        cli.main(prog_name="s-infra")
    except SInfraError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)
