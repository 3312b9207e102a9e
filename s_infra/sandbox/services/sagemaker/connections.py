"""HTTP to a serving container from the sandbox's event loop, over connections that are kept open."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

import h11

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from s_infra.runner.container import Container

READ_BYTES = 65536
HOST = "localhost"


class BrokenError(Exception):
    """The program closed the connection, or what it sent is no HTTP, before the answer was whole."""


class TooLargeError(Exception):
    """The answer has more bytes than an answer may have."""


@dataclass(frozen=True)
class Reply:
    """An answer: status, headers by their names in small letters, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class _Request:
    """What is asked; its answer may have `limit` bytes."""

    method: str
    path: str
    body: bytes
    headers: Mapping[str, str]
    limit: int


class Connections:
    """The connections to one container. All but `close` and `ping` is called in one event loop."""

    def __init__(self, container: Container) -> None:
        self._socket: Path | None = container.socket
        self._port = container.port
        self._idle: list[_Connection] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    async def post(self, path: str, body: bytes, headers: Mapping[str, str], limit: int) -> Reply:
        """Send a request and return the answer, of at most `limit` bytes.

        Raises:
            OSError: nothing listens.
            BrokenError: the answer doesn't come whole.
            TooLargeError: it is over the limit.
        """
        self._loop = asyncio.get_running_loop()
        return await self._ask(_Request("POST", path, body, headers, limit))

    def ping(self, timeout: float) -> int | None:
        """Return the status of `GET /ping`, 0 without an answer in `timeout` seconds; from any other thread.

        None: nothing was asked over these connections yet. It goes over an idle one where there is one, for a
        program that serves one connection at a time waits on that; and has it closed.
        """
        if self._loop is None:
            return None
        request = _Request("GET", "/ping", b"", {"Connection": "close"}, READ_BYTES)
        asked = asyncio.run_coroutine_threadsafe(asyncio.wait_for(self._ask(request), timeout), self._loop)
        try:
            # The loop may be busy with others' requests, or end with the sandbox.
            return asked.result(timeout + 1).status
        except (OSError, BrokenError, TooLargeError, concurrent.futures.CancelledError):
            return 0

    async def _ask(self, request: _Request) -> Reply:
        while self._idle:
            connection = self._idle.pop()
            if connection.usable():
                try:
                    return await self._exchange(connection, request)
                except _UnansweredError:
                    # Idle too long for the program, which closed it just now: nothing was done with it.
                    continue
            connection.close()
        connection = await self._connect()
        try:
            return await self._exchange(connection, request)
        except _UnansweredError as error:
            raise BrokenError("the program closed the connection without an answer") from error

    async def _exchange(self, connection: _Connection, request: _Request) -> Reply:
        kept = False
        try:
            reply, kept = await connection.exchange(request)
        finally:
            if kept and not self._closed:
                self._idle.append(connection)
            else:
                # Half a request or half an answer is in it, or the program wants no other on it.
                connection.close()
        return reply

    async def _connect(self) -> _Connection:
        if self._socket is None:
            return _Connection(*await asyncio.open_connection("127.0.0.1", self._port))
        # By a path within the kernel's 107 bytes however deep the socket lies.
        folder = os.open(self._socket.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            path = f"/proc/self/fd/{folder}/{self._socket.name}"
            return _Connection(*await asyncio.open_unix_connection(path))
        finally:
            os.close(folder)

    def close(self) -> None:
        """Close what is idle, and the others when their answers are there; from any thread."""
        self._closed = True
        if self._loop is not None:
            # A loop that has ended has closed them itself.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._close_idle)

    def _close_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()


class _UnansweredError(Exception):
    """The connection was closed before the first byte of an answer."""


class _Connection:
    """One connection, one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.CLIENT)
        if (plain := writer.get_extra_info("socket")) is not None and plain.family == socket.AF_INET:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def usable(self) -> bool:
        return not self._reader.at_eof() and not self._writer.is_closing()

    def close(self) -> None:
        self._writer.close()

    async def exchange(self, request: _Request) -> tuple[Reply, bool]:
        """Return the answer, and whether the connection can be used again."""
        lines = [("Host", HOST), ("Content-Length", str(len(request.body))), *request.headers.items()]
        head = h11.Request(method=request.method, target=request.path, headers=lines)
        parts = (self._http.send(one) for one in (head, h11.Data(data=request.body), h11.EndOfMessage()))
        # Not waited for: a program may answer before it has read all of it.
        self._writer.write(b"".join(part for part in parts if part))
        try:
            reply = await self._answer(request.limit)
        except h11.RemoteProtocolError as error:
            raise BrokenError(f"what the program sent is not HTTP: {error}") from error
        kept = self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
        if kept:
            self._http.start_next_cycle()
        return reply, kept

    async def _answer(self, limit: int) -> Reply:
        head: h11.Response | None = None
        parts: list[bytes] = []
        size, begun = 0, False
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                data = await self._read()
                if not data and not begun:
                    raise _UnansweredError
                begun = True
                self._http.receive_data(data)
            elif isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                size += len(event.data)
                if size > limit:
                    raise TooLargeError
                parts.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                names = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
                return Reply(head.status_code, names, b"".join(parts))
            elif not isinstance(event, h11.InformationalResponse):
                raise BrokenError("the program closed the connection in the middle of its answer")

    async def _read(self) -> bytes:
        try:
            return await self._reader.read(READ_BYTES)
        except OSError:
            return b""
