"""Goes on asking a serving container's /ping, as SageMaker does for as long as the container runs.

AWS's developer guide ("Use Your Own Inference Code with Hosting Services") gives an answer two seconds and
calls the requests periodic; it names neither the period nor how many may fail. Those two are ours.
"""

from __future__ import annotations

import http.client
import time
from typing import TYPE_CHECKING

from s_infra.sandbox.services.sagemaker.invocation import PING_TIMEOUT_S, Server

if TYPE_CHECKING:
    from collections.abc import Callable

    from s_infra.runner.container import Container
    from s_infra.sandbox.services.sagemaker.connections import Connections

PERIOD_S = 2.0
FAILURES = 3


class Health:
    """What is known of one container's health. `busy` tells whether it has requests to answer."""

    def __init__(self, container: Container, connections: Connections, busy: Callable[[], bool]) -> None:
        self._container = container
        self._connections = connections
        self._busy = busy
        self._next = time.monotonic() + PERIOD_S
        self._failures = 0

    def lost(self) -> bool:
        """Ask when it is time to; return whether the program has to be started again."""
        if time.monotonic() < self._next:
            return False
        # A program that does one thing at a time answers no ping beside an invocation, which has its own end.
        if not self._busy():
            well = self._ping()
            # It may have got a request meanwhile.
            self._failures = 0 if well or self._busy() else self._failures + 1
        self._next = time.monotonic() + PERIOD_S
        return self._failures >= FAILURES

    def _ping(self) -> bool:
        status = self._connections.ping(PING_TIMEOUT_S)
        if status is None:
            # No connection was ever made that such a program could be waiting on.
            server = Server(self._container)
            try:
                status = server.request("GET", "/ping", timeout=PING_TIMEOUT_S).status
            except (OSError, http.client.HTTPException):
                status = 0
            finally:
                server.close()
        return status == http.client.OK
