"""The engine as a build sees it: a socket of the build's own, that answers what making an image takes.

On AWS a privileged build has an engine to itself, and ECR's names lead to ECR. Here the engine is this
machine's: images are named by the sandbox's own registry in it, and nothing of the machine is handed out.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import re
import socket
import socketserver
import threading
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s_infra.packaging.engine import Engine

SOCKET = "docker.sock"
# Of the Engine API, by method and path without its version. No containers: they could be given our folders.
CARRIED = tuple(
    (method, re.compile(path))
    for method, path in (
        ("GET", r"/_ping"),
        ("HEAD", r"/_ping"),
        ("GET", r"/version"),
        ("GET", r"/info"),
        ("POST", r"/auth"),
        ("POST", r"/build"),
        ("POST", r"/images/create"),
        ("GET", r"/images/.+/json"),
        ("POST", r"/images/.+/(push|tag)"),
    )
)
BUILDKIT = ("/session", "/grpc")
VERSION = re.compile(r"^/v\d+\.\d+(?=/)")
# The builder that takes a context in one piece; the other one calls back into its client.
HIDDEN = ("builder-version", "swarm", "transfer-encoding", "content-length", "connection", "date", "server")
TIMEOUT_S = 3600.0
CHUNK = 1 << 16
NOT_CARRIED = 501


class EngineSocket:
    """Serves the socket in `folder` until `close`, which takes away the names that the build gave."""

    def __init__(self, engine: Engine, folder: Path, registry: str, local: str) -> None:
        self._engine, self._folder = engine, folder
        self.registry, self.local = registry, local
        self.address = engine.address.removeprefix("unix://")
        self.named: set[str] = set()
        self._server = _Server(self, folder)
        threading.Thread(target=self._server.serve_forever, name="docker", daemon=True).start()

    def close(self) -> None:
        """End it; layers stay in the engine's cache."""
        import docker.errors
        import requests

        self._server.shutdown()
        self._server.server_close()
        for name in self.named:
            with contextlib.suppress(docker.errors.DockerException, requests.RequestException):
                self._engine.client.api.remove_image(name, noprune=True)


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def __init__(self, owner: EngineSocket, folder: Path) -> None:
        self.owner = owner
        # The kernel gives a socket's name 107 bytes, however deep its folder lies.
        self._descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        super().__init__(f"/proc/self/fd/{self._descriptor}/{SOCKET}", _Handler)

    def server_close(self) -> None:
        super().server_close()
        os.close(self._descriptor)


class _Handler(BaseHTTPRequestHandler):
    """One request, handed on to the engine in the sandbox's names, and its answer in AWS's."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self._serve()

    do_HEAD = do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        del format, args

    def _serve(self) -> None:
        self.close_connection = True
        parts = urlsplit(self.path)
        version = VERSION.match(parts.path)
        path = parts.path[version.end() :] if version else parts.path
        query = parse_qsl(parts.query, keep_blank_values=True)
        refused = self._refused(unquote(path), dict(query))
        if refused is not None:
            self._drain()
            self._say(
                NOT_CARRIED, {"message": f"s-infra sandbox: docker's {refused} isn't carried out in builds"}
            )
            return
        try:
            self._hand_on((version[0] if version else "") + path, query)
        except (OSError, http.client.HTTPException) as error:
            with contextlib.suppress(OSError):
                self._say(500, {"message": f"s-infra sandbox: the container engine went away: {error}"})

    def _refused(self, path: str, query: dict[str, str]) -> str | None:
        if path in BUILDKIT or query.get("version") == "2":
            return "BuildKit"
        if not any(method == self.command and route.fullmatch(path) for method, route in CARRIED):
            return f"{self.command} {path}"
        if path == "/build" and query.get("remote"):
            return "build of a remote context"
        if (network := query.get("networkmode", "")).startswith(("host", "container:")):
            return f"build --network {network}"
        return None

    def _hand_on(self, path: str, query: list[tuple[str, str]]) -> None:
        owner = self.server.owner
        path = quote(self._inward(unquote(path)), safe="/:@")
        query = [(name, self._inward(value)) for name, value in query]
        self._note(unquote(VERSION.sub("", path)), query)
        target = path + (f"?{urlencode(query)}" if query else "")
        connection = _Connection(owner.address)
        try:
            body = self._body(path)
            with contextlib.suppress(BrokenPipeError):
                connection.request(self.command, target, body, self._headers(body), encode_chunked=True)
            self._answer(connection.getresponse())
        finally:
            connection.close()

    def _note(self, path: str, query: list[tuple[str, str]]) -> None:
        """Remember which names this request gives."""
        own = f"{self.server.owner.local}/"
        given = [value for name, value in query if path == "/build" and name == "t"]
        wanted = dict(query)
        if path.endswith("/tag"):
            given = [f"{wanted.get('repo')}:{wanted.get('tag') or 'latest'}"]
        if path == "/images/create":
            given = [f"{wanted.get('fromImage')}:{wanted.get('tag') or 'latest'}"]
        self.server.owner.named |= {name for name in given if name.startswith(own)}

    def _headers(self, body: Any) -> dict[str, str]:
        kept = {
            name: value
            for name, value in self.headers.items()
            if name.lower() not in ("host", "connection", "content-length", "transfer-encoding", "upgrade")
        }
        logins = kept.pop("X-Registry-Config", None)
        if logins is not None:
            text = self._inward(base64.urlsafe_b64decode(logins).decode())
            kept["X-Registry-Config"] = base64.urlsafe_b64encode(text.encode()).decode()
        if isinstance(body, bytes):
            kept["Content-Length"] = str(len(body))
        elif body is not None:
            kept["Transfer-Encoding"] = "chunked"
        return {**kept, "Host": "docker"}

    def _body(self, path: str) -> bytes | Iterator[bytes] | None:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self._chunks()
        length = int(self.headers.get("Content-Length") or 0)
        if not length:
            return None
        body = self.rfile.read(length)
        return self._inward(body.decode()).encode() if path.endswith("/auth") else body

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().split(b";")[0] or b"0", 16):
            left = size
            while left and (data := self.rfile.read(min(CHUNK, left))):
                left -= len(data)
                yield data
            self.rfile.readline()
        self.rfile.readline()

    def _drain(self) -> None:
        body = self._body("")
        for _ in body if body is not None and not isinstance(body, bytes) else ():
            continue

    def _answer(self, response: http.client.HTTPResponse) -> None:
        self.send_response(response.status)
        for name, value in response.getheaders():
            if name.lower() not in HIDDEN:
                self.send_header(name, value)
        self.send_header("Connection", "close")
        if response.status != 204 and self.command != "HEAD":
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if response.status == 204 or self.command == "HEAD":
            return
        # Line by line: progress is told as it comes.
        while line := response.readline():
            line = self._outward(line)
            self.wfile.write(b"%x\r\n%b\r\n" % (len(line), line))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def _say(self, status: int, content: dict[str, str]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def _inward(self, text: str) -> str:
        owner = self.server.owner
        return text.replace(owner.registry, owner.local)

    def _outward(self, data: bytes) -> bytes:
        owner = self.server.owner
        return data.replace(owner.local.encode(), owner.registry.encode())


class _Connection(http.client.HTTPConnection):
    """A connection to the engine's socket."""

    def __init__(self, address: str) -> None:
        super().__init__("docker", timeout=TIMEOUT_S)
        self._address = address

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._address)
