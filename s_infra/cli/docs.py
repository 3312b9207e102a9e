"""`s-infra docs`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from s_infra.cli.docs_render import render
from s_infra.docs.receipts import Receipt
from s_infra.errors import SInfraError

FOLDER = click.Path(exists=True, file_okay=False)
root = click.option(
    "--root",
    "roots",
    multiple=True,
    type=FOLDER,
    help="A folder with modules; may be given several times. "
    "[default: what .s-infra-docs.toml says; catalog, components and modules; all from here on]",
)


@click.group(invoke_without_command=True)
@root
@click.option("--templates", type=FOLDER, help="Jinja templates to take before ours.")
@click.option("--check", is_flag=True, help="Write nothing; list the pages that are stale, and exit with 1.")
@click.option(
    "--exit-non-zero-on-change", "tell", is_flag=True, help="Exit with 1 if a page was written, for hooks."
)
@click.pass_context
def docs(
    context: click.Context, roots: tuple[str, ...], templates: str | None, check: bool, tell: bool
) -> None:
    """Write this repository's pages: a README for every module, and an index for every folder of them."""
    if context.invoked_subcommand:
        if roots or templates or check or tell:
            raise click.UsageError(
                f"--root, --templates and --check stand behind {context.invoked_subcommand}, or alone"
            )
        return
    from s_infra.docs import repository, repository_pages

    receipt = Receipt()
    try:
        found = repository_pages.write(
            repository.read(roots, templates or ""), receipt, _stale if check else None
        )
        if check and found.changed:
            raise SInfraError(
                f"{found.changed} of {found.pages} pages are stale",
                next_step="run s-infra docs and commit what it writes",
            )
    except BaseException:
        receipt.drop()
        raise
    receipt.keep(told=f"{found.pages} pages, none changed\n")
    click.echo(f"{found.pages} pages, {found.changed or 'none'} changed", err=True)
    if tell and found.changed:
        context.exit(1)


@docs.command()
@root
@click.option("--json", "as_json", is_flag=True, help="Print findings as JSON on stdout.")
def lint(roots: tuple[str, ...], as_json: bool) -> None:
    """Report what is undescribed, untyped or without a header, and what nothing uses."""
    from s_infra.docs import repository, repository_pages
    from s_infra.docs.lint import findings

    modules = repository_pages.modules(repository.read(roots))
    found = [one for module in modules for one in findings(Path(module))]
    if as_json:
        click.echo(json.dumps([one._asdict() for one in found], indent=2))
    else:
        for one in found:
            click.echo(str(one))
    if found:
        raise SInfraError(f"{len(found)} findings in {len(modules)} modules", next_step="mend them")
    click.echo(f"{len(modules)} modules, nothing to mend", err=True)


docs.add_command(render)


def _stale(path: str, diff: list[str]) -> None:
    click.echo(f"stale: {path}")
    for line in diff:
        click.echo(f"  {line}".rstrip())
