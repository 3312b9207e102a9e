"""/ping in service: by the connection that a program waits on, not beside a request, lost after three."""

from __future__ import annotations

import asyncio
import http.server
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest

from s_infra.sandbox.services.sagemaker import health
from s_infra.sandbox.services.sagemaker.connections import Connections
from s_infra.sandbox.services.sagemaker.health import Health


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Program

    def do_GET(self) -> None:
        self.server.pings += 1
        self._answer(self.server.status)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(200)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class _Program(http.server.HTTPServer):
    """Serves one connection at a time, to its end."""

    status = 200
    pings = 0


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Program]:
    monkeypatch.setattr(health, "PERIOD_S", 0.01)
    monkeypatch.setattr(health, "PING_TIMEOUT_S", 0.5)
    with _Program(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def container(program: _Program) -> Any:
    return SimpleNamespace(socket=None, port=program.server_address[1])


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    running = asyncio.new_event_loop()
    thread = threading.Thread(target=running.run_forever)
    thread.start()
    yield running
    running.call_soon_threadsafe(running.stop)
    thread.join()
    running.close()


@pytest.fixture
def connections(container: Any, loop: asyncio.AbstractEventLoop) -> Iterator[Connections]:
    made = Connections(container)
    yield made
    made.close()
    # What `close` asks of the loop is done before this is.
    asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result(5)


def pinged(one: Health, program: _Program, times: int) -> bool:
    """Ask until that many pings have come; return whether it is lost by then."""
    deadline, lost = time.monotonic() + 10, False
    wanted = program.pings + times
    while program.pings < wanted and not lost:
        assert time.monotonic() < deadline
        lost = one.lost()
    return lost


def test_a_program_of_one_connection_at_a_time_is_well_while_one_is_kept_open(
    program: _Program, container: Any, connections: Connections, loop: asyncio.AbstractEventLoop
) -> None:
    one = Health(container, connections, lambda: False)
    for _ in range(3):
        asked: Future[Any] = asyncio.run_coroutine_threadsafe(
            connections.post("/invocations", b"1", {}, 100), loop
        )
        assert asked.result(5).status == 200
        assert not pinged(one, program, 5)


def test_three_failures_in_a_row_are_a_loss_and_an_answer_between_them_is_none(
    program: _Program, container: Any, connections: Connections
) -> None:
    one = Health(container, connections, lambda: False)
    program.status = 500
    assert not pinged(one, program, 2)
    program.status = 200
    assert not pinged(one, program, 1)
    program.status = 500
    assert pinged(one, program, 3)


def test_a_program_with_requests_to_answer_is_not_asked(
    program: _Program, container: Any, connections: Connections
) -> None:
    one = Health(container, connections, lambda: True)
    deadline = time.monotonic() + 0.2
    while time.monotonic() < deadline:
        assert not one.lost()
    assert program.pings == 0
