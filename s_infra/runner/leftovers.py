"""What sandboxes leave in a container engine: found by labels, and taken away when its sandbox is dead."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s_infra import lock_file

if TYPE_CHECKING:
    from s_infra.packaging.engine import Engine

SANDBOX_LABEL, MACHINE_LABEL, RELAY_LABEL = "s-infra.sandbox", "s-infra.machine", "s-infra.relay"
LOCK_FILE = "lock"


def remove_of_dead(engine: Engine) -> int:
    """Remove the containers of this machine's sandboxes that don't run any more; return how many."""
    import docker.errors
    import requests

    wanted = {"label": [SANDBOX_LABEL, f"{MACHINE_LABEL}={socket.gethostname()}"]}
    removed = 0
    # What the engine doesn't do now, the next start does.
    with contextlib.suppress(docker.errors.DockerException, requests.RequestException):
        listed = engine.client.api.containers(all=True, filters=wanted)
        # Podman removes no container while another is in its network.
        for found in sorted(listed, key=lambda one: RELAY_LABEL in one["Labels"]):
            if not lock_file.is_held(Path(found["Labels"][SANDBOX_LABEL], LOCK_FILE)):
                remove(engine.client.api, found["Id"])
                removed += 1
    return removed


def remove(api: Any, identifier: str) -> None:
    """Kill a container and take it away, whatever of that has happened already."""
    import docker.errors
    import requests

    gone = (docker.errors.APIError, requests.RequestException)
    # Podman would ask it to end first and wait ten seconds.
    with contextlib.suppress(*gone):
        api.kill(identifier)
    with contextlib.suppress(*gone):
        api.remove_container(identifier, v=True, force=True)
