"""What Terraform can't say of a command that failed in the sandbox: what is served there, or that it's gone.

Terraform refuses a type that no provider serves before it asks any, so the provider can't put it in its own
words. To serve a schema for all 1,700 types would make each command five times slower.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from s_infra.terraform.core import Core

REATTACH_VARIABLE = "TF_REATTACH_PROVIDERS"
_UNKNOWN = re.compile(r'hashicorp/\w+ does not support (?:resource type|data source)\s+"(\w+)"')
_GLOBAL = ("-chdir=",)


def told(core: Core, arguments: Sequence[str], environment: Mapping[str, str]) -> str | None:
    """Return what to add to a failed command's output; None if there is nothing to add."""
    providers = json.loads(environment.get(REATTACH_VARIABLE) or "{}")
    if not all(_answers(provider["Addr"]["String"]) for provider in providers.values()):
        return (
            "s-infra sandbox: the sandbox doesn't answer; what was applied is in the state\n"
            "  start a sandbox and apply again: what is missing in it is created"
        )
    command = [argument for argument in arguments if argument.startswith(_GLOBAL)]
    checked = subprocess.run(
        [*core.command, *command, "validate", "-json"], capture_output=True, text=True, check=False
    )
    unknown = sorted(set(_UNKNOWN.findall(_details(checked.stdout))))
    if not unknown:
        return None
    from s_infra.sandbox.provider.types import PROVIDERS

    resources = sorted(name for served in PROVIDERS for name in served.resources)
    data = sorted(name for served in PROVIDERS for name in served.data)
    return (
        f"s-infra sandbox: {', '.join(unknown)} isn't carried out\n"
        f"  resources that are: {', '.join(resources)}\n"
        f"  data sources that are: {', '.join(data)}"
    )


def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True


def _details(output: str) -> str:
    start = output.find("{")  # OpenTofu may put a warning before it
    diagnostics = json.loads(output[start:]).get("diagnostics", ()) if start >= 0 else ()
    return "\n".join(diagnostic.get("detail", "") for diagnostic in diagnostics)
