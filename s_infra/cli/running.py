"""What the commands on a running sandbox share."""

from __future__ import annotations

import click

from s_infra.errors import SInfraError
from s_infra.sandbox import supervisor

DEFAULT_NAME = "default"
name_option = click.option("--name", default=DEFAULT_NAME, show_default=True, help="Which sandbox.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def running(name: str) -> supervisor.Sandbox:
    """Return the running sandbox of that name.

    Raises:
        SInfraError: there is none.
    """
    found = supervisor.find(name)
    if found is None:
        raise SInfraError(
            f"the sandbox '{name}' is not running",
            which=name,
            next_step=f"start it: s-infra sandbox up --name {name}",
        )
    return found
