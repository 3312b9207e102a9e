"""Asks a container's port 8080, be it behind a unix socket or a port of this machine."""

from __future__ import annotations

import http.client
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.runner.container import Container

TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Answer:
    """An answer's status, type without parameters, and body."""

    status: int
    content_type: str
    body: bytes


class _Connection(http.client.HTTPConnection):
    def __init__(self, container: Container, timeout: float) -> None:
        super().__init__("localhost", container.port or 8080, timeout=timeout)
        self._path = container.socket

    def connect(self) -> None:
        if self._path is None:
            self.sock = socket.create_connection(("127.0.0.1", self.port), self.timeout)
            return
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def ask(
    container: Container,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT_S,
) -> Answer | str:
    """Return the answer, or in a sentence why there is none."""
    connection = _Connection(container, timeout)
    try:
        connection.request(method, path, body, dict(headers or {}))
        response = connection.getresponse()
        found = (response.headers.get("Content-Type") or "").partition(";")[0].strip()
        return Answer(response.status, found, response.read())
    except (OSError, http.client.HTTPException) as error:
        return f"no answer: {error or type(error).__name__}"
    finally:
        connection.close()
