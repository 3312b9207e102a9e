"""HTTP to the program that a container serves with: `/ping`, `/execution-parameters`, `/invocations`."""

from __future__ import annotations

import http.client
import json
import logging
import os
import socket
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s_infra.sandbox.services.sagemaker.errors import JobError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from s_infra.runner.container import Container

LOG = logging.getLogger(__name__)
PING_TIMEOUT_S = 2.0
PING_INTERVAL_S = 0.02
# SageMaker gives a container up that doesn't answer /ping; its documents name 8 minutes for endpoints.
START_TIMEOUT_S = 480.0
SHOWN_CHARACTERS = 300


@dataclass(frozen=True)
class Answer:
    """A response: status and body."""

    status: int
    body: bytes


class Server:
    """The serving program of a running container; each thread has a connection of its own."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._connections = threading.local()

    def wait_until_ready(self, stop: threading.Event, timeout: float = START_TIMEOUT_S) -> bool:
        """Wait until `/ping` answers 200; return False when `stop` is set before.

        Raises:
            JobError: the program ends first, or doesn't answer in `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        while not stop.is_set():
            if time.monotonic() > deadline:
                seconds = f"{timeout:.0f} s"
                raise JobError(f"AlgorithmError: the program `serve` did not answer /ping in {seconds}")
            if not self._container.running():
                raise JobError("AlgorithmError: the program `serve` ended before it answered /ping")
            try:
                if self.request("GET", "/ping", timeout=PING_TIMEOUT_S).status == http.client.OK:
                    return True
            except (OSError, http.client.HTTPException):
                LOG.debug("nothing answers /ping yet")
            time.sleep(PING_INTERVAL_S)
        return False

    def close(self) -> None:
        """Close this thread's connection."""
        self._drop()

    def kill(self) -> None:
        """End the program, and every request that is under way."""
        self._container.kill()

    def execution_parameters(self) -> dict[str, object]:
        """Return what the program says of how it wants to be called; {} when it says nothing."""
        try:
            answer = self.request("GET", "/execution-parameters", timeout=PING_TIMEOUT_S)
            found = json.loads(answer.body) if answer.status == http.client.OK else {}
        except (OSError, http.client.HTTPException, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def request(
        self,
        method: str,
        path: str,
        body: bytes | Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        timeout: float,
    ) -> Answer:
        """Send a request on this thread's connection; one that the program closed meanwhile is made anew.

        A body that isn't bytes is iterated, anew for each try, and sent in chunks.

        Raises:
            OSError: nothing listens, or no answer comes in `timeout` seconds.
            http.client.HTTPException: the answer isn't HTTP.
        """
        connection = getattr(self._connections, "one", None)
        if connection is not None:
            try:
                return self._send(connection, method, path, body, headers, timeout)
            except (http.client.RemoteDisconnected, ConnectionError):
                # Idle too long for the program: nothing was done with the request.
                LOG.debug("a connection was closed while idle")
        connection = self._connections.one = _connection(self._container)
        return self._send(connection, method, path, body, headers, timeout)

    def _send(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        body: bytes | Iterable[bytes] | None,
        headers: Mapping[str, str] | None,
        timeout: float,
    ) -> Answer:
        connection.timeout = timeout
        if connection.sock is not None:
            connection.sock.settimeout(timeout)
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            response = connection.getresponse()
            return Answer(response.status, response.read())
        except (OSError, http.client.HTTPException):
            # Half a request or half an answer is in it: it can't be used again.
            self._drop()
            raise

    def _drop(self) -> None:
        connection = getattr(self._connections, "one", None)
        if connection is not None:
            connection.close()
            self._connections.one = None


def shown(body: bytes) -> str:
    """Return the beginning of a body for a message."""
    return body[:SHOWN_CHARACTERS].decode("utf-8", errors="replace").strip()


def _connection(container: Container) -> http.client.HTTPConnection:
    if container.socket is not None:
        return _UnixConnection(str(container.socket))
    return http.client.HTTPConnection("127.0.0.1", container.port)


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket, which leads to port 8080 in the container's network."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost")
        self._path = path

    def connect(self) -> None:
        """Connect to the socket, by a path within the kernel's 107 bytes however deep it lies."""
        folder, _, name = self._path.rpartition("/")
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.sock.settimeout(self.timeout)
            self.sock.connect(f"/proc/self/fd/{descriptor}/{name}")
        finally:
            os.close(descriptor)
