"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

chdir: Callable[[Any], Any] = click.option(
    "--chdir",
    "directory",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path(),
    show_default="here",
    help="The root module that was applied; its output `pipeline` is read.",
)
as_json: Callable[[Any], Any] = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")


def stack(name: str) -> Callable[[Any], Any]:
    """Return the option `name` for a pipeline that may have been applied elsewhere."""
    return click.option(
        name,
        "stack",
        metavar="STACK",
        help="The pipeline: the folder of a root module that was applied, or the pipeline's name, which is "
        "looked up in the account. By default --chdir tells.",
    )


def credentials(command: Any) -> Any:
    """Add --profile and --aws-credentials-file."""
    profile = click.option(
        "--profile", help="Profile of the AWS configuration; by default the environment's."
    )
    file = click.option(
        "--aws-credentials-file",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="File of credentials in place of the environment's.",
    )
    return profile(file(command))
