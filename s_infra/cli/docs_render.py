"""`s-infra docs render`: what it offers, and what is wrong with a line that `docs.quick` can't read."""

from __future__ import annotations

import click

from s_infra.docs import quick
from s_infra.docs.arguments import OPTIONS, field, read


class _Render(click.Command):
    """Options that are true or false may stand alone or with `=false`, as terraform-docs has them."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta["words"] = list(args)
        flags = {f"--{name}" for name, (usual, _) in OPTIONS.items() if isinstance(usual, bool)}
        return super().parse_args(ctx, [f"{word}=true" if word in flags else word for word in args])


def _option(name: str) -> click.Option:
    usual, help_ = OPTIONS[name]
    several = isinstance(usual, tuple)
    return click.Option(
        [f"--{name}", field(name)],
        type=bool if isinstance(usual, bool) else int if isinstance(usual, int) else str,
        multiple=several,
        help=help_,
        show_default=False if several or usual == "" or name == "output-template" else str(usual).lower(),
    )


def _run(**_: object) -> None:
    words: list[str] = click.get_current_context().meta["words"]
    if read(words) is None or not quick.render(words):
        raise click.UsageError("options come as --name value, --name=value or --flag=false")


render = _Render(
    "render",
    callback=_run,
    params=[click.Argument(["words"], nargs=-1, metavar="FORMAT DIR..."), *map(_option, OPTIONS)],
    help="""Print a module's page as terraform-docs 0.24 does, or write a file for each of many.

    FORMAT is markdown-table, markdown-document, asciidoc-table, asciidoc-document, json, yaml, toml, xml,
    tfvars-hcl, tfvars-json or pretty; without it the settings' file says which.
    """,
)
