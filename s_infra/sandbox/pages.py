"""A running sandbox's own pages and commands, which are no part of AWS."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

from s_infra.errors import SInfraError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.supervisor import Sandbox

# A clock that goes forward by a year does all that comes due on the way.
LONGEST_S = 600


def ask(sandbox: Sandbox, path: str, content: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a page (`GET path`), or the answer to a command (`POST path` with `content`).

    Raises:
        SInfraError: the sandbox refuses the command.
    """
    data = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(f"{sandbox.endpoint}{path}", data=data)  # noqa: S310 - our own address
    try:
        with urllib.request.urlopen(request, timeout=LONGEST_S) as response:  # noqa: S310
            found: dict[str, Any] = json.load(response)
            return found
    except urllib.error.HTTPError as error:
        with error:
            raise SInfraError(json.load(error)["message"], which=sandbox.name) from error
