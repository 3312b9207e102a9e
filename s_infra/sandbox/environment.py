"""The variables that make a program speak to the sandbox, and those of the caller's that would undo it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from s_infra.packaging import engine

if TYPE_CHECKING:
    from collections.abc import Mapping

ACCOUNT_ID = "000000000000"
DEFAULT_REGION = "us-east-1"
ACCESS_KEY_ID = "test"
SECRET_ACCESS_KEY = "test"  # noqa: S105 - the sandbox has no secrets; SDKs only want a value to sign with

# Each of these makes an SDK or Terraform look for credentials or endpoints somewhere else.
POINTING_ELSEWHERE = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_CA_BUNDLE",
    "TF_REATTACH_PROVIDERS",
)
# The sandbox's own server needs to find programs and caches, and nothing else of the caller's.
SERVER_KEEPS = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "USER", "LOGNAME")


def default_region() -> str:
    """Return the Region that the caller's environment names, or us-east-1."""
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or DEFAULT_REGION


def standard(endpoint: str, region: str, reattach: Mapping[str, object] | None = None) -> dict[str, str]:
    """Return the sandbox's variables: endpoint, credentials, Region and, if given, Terraform's provider."""
    variables = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
    }
    if reattach:
        variables["TF_REATTACH_PROVIDERS"] = json.dumps(reattach, separators=(",", ":"))
    return variables


def for_command(caller: Mapping[str, str], sandbox: Mapping[str, str]) -> dict[str, str]:
    """Return the caller's environment turned towards the sandbox.

    The folder of this Python comes first in PATH, so that programs that Terraform starts find `s-infra`.
    """
    kept = {
        name: value
        for name, value in caller.items()
        if name not in POINTING_ELSEWHERE and not name.startswith("AWS_ENDPOINT_URL")
    }
    kept["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), caller.get("PATH", os.defpath)])
    # A proxy can't reach this machine's loopback.
    exempt = [caller.get("NO_PROXY") or caller.get("no_proxy") or "", "127.0.0.1"]
    kept["NO_PROXY"] = kept["no_proxy"] = ",".join(part for part in exempt if part)
    return {**kept, **sandbox}


def for_server(caller: Mapping[str, str], region: str) -> dict[str, str]:
    """Return what the server's process gets: functions and jobs inherit from it, so it holds little."""
    kept = {
        name: value
        for name, value in caller.items()
        if name in (*SERVER_KEEPS, *engine.POINTERS) or name.startswith(("S_INFRA_", "XDG_", "UV_"))
    }
    kept["AWS_REGION"] = kept["AWS_DEFAULT_REGION"] = region
    kept["PYTHONUNBUFFERED"] = "1"
    return kept
