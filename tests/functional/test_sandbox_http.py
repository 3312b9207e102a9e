"""The sandbox's HTTP: what clients send byte by byte, and how a connection goes on after it."""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from typing import Any, cast
from urllib.parse import quote

import psutil
import pytest
from functions_support import make

from s_infra.sandbox.supervisor import Sandbox

Clients = Callable[[str], Any]
SIGNED = (
    "Host: 127.0.0.1\r\nAuthorization: AWS4-HMAC-SHA256 "
    "Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0\r\n"
)
REFUSED = "/_ministack/reset"
# A function that ends while it has a connection.
ENDING = """
import boto3, os
def main(event, context):
    boto3.client("s3").list_buckets()
    os._exit(1)
"""


class Answers(io.BufferedReader):
    """What comes on a connection; `http.client` closes it after each answer, with what it has read ahead."""

    def makefile(self, *_: object) -> Answers:
        return self

    def close(self) -> None:
        pass


class Connection:
    """One connection, kept for several requests."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._answers = Answers(socket.SocketIO(connection, "r"))

    def send(self, line: str, headers: str = SIGNED, body: bytes = b"") -> None:
        self._connection.sendall(f"{line} HTTP/1.1\r\n{headers}\r\n".encode() + body)

    def send_more(self, body: bytes) -> None:
        self._connection.sendall(body)

    def answer(self, method: str = "GET") -> tuple[int, bytes]:
        response = HTTPResponse(cast(socket.socket, self._answers), method=method)
        response.begin()
        return response.status, response.read()

    def next_bytes(self, count: int) -> bytes:
        return self._answers.read(count)

    def ended(self) -> bool:
        try:
            return self._answers.read(1) == b""
        except ConnectionResetError:
            return True


@pytest.fixture
def connect(sandbox: Sandbox) -> Callable[[], Any]:
    host, _, port = sandbox.endpoint.removeprefix("http://").partition(":")

    @contextmanager
    def connect() -> Iterator[Connection]:
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            yield Connection(connection)

    return connect


@pytest.fixture
def bucket(clients: Clients) -> str:
    clients("s3").create_bucket(Bucket="bytes-by-hand")
    return "bytes-by-hand"


def test_a_body_is_asked_for_and_the_connection_goes_on(connect: Callable[[], Any], bucket: str) -> None:
    expected = SIGNED + "Content-Length: 3\r\nExpect: 100-continue\r\n"
    proceed = b"HTTP/1.1 100 Continue\r\n\r\n"
    with connect() as connection:
        for body in (b"abc", b"def"):
            connection.send(f"PUT /{bucket}/asked", expected)
            assert connection.next_bytes(len(proceed)) == proceed
            connection.send_more(body)
            assert connection.answer()[0] == 200
            connection.send(f"GET /{bucket}/asked")
            assert connection.answer() == (200, body)


def test_a_body_that_was_not_asked_for_is_the_end_of_the_connection(connect: Callable[[], Any]) -> None:
    with connect() as connection:
        connection.send(f"PUT {REFUSED}", "Host: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n")
        assert connection.answer()[0] == 501
        assert connection.ended()


def test_a_body_that_nobody_reads_is_no_request(connect: Callable[[], Any], bucket: str) -> None:
    with connect() as connection:
        connection.send(f"PUT {REFUSED}", "Host: a\r\nContent-Length: 3\r\n", b"abc")
        assert connection.answer()[0] == 501
        connection.send(f"GET /{bucket}?location")
        assert connection.answer()[0] == 200


def test_requests_sent_at_once_are_answered_in_their_order(
    connect: Callable[[], Any], clients: Clients, bucket: str
) -> None:
    bodies = [bytes([65 + number]) * 100_000 for number in range(4)]
    for number, body in enumerate(bodies):
        clients("s3").put_object(Bucket=bucket, Key=str(number), Body=body)
    with connect() as connection:
        for number in range(4):
            connection.send(f"GET /{bucket}/{number}")
        assert [connection.answer() for _ in bodies] == [(200, body) for body in bodies]


def test_a_body_in_chunks_is_joined(connect: Callable[[], Any], bucket: str) -> None:
    with connect() as connection:
        connection.send(f"PUT /{bucket}/chunks", SIGNED + "Transfer-Encoding: chunked\r\n", b"3\r\nabc\r\n")
        connection.send_more(b"2\r\nde\r\n0\r\n\r\n")
        assert connection.answer()[0] == 200
        connection.send(f"GET /{bucket}/chunks")
        assert connection.answer() == (200, b"abcde")


@pytest.mark.parametrize(
    "key", ["//a//b", "../up", "./x/../y", "a/b%2Fc+d e", "ü€/%", "a;b:c@d,~!$&'()*=[]|{}^`"]
)
def test_a_path_is_the_key_that_it_spells(
    connect: Callable[[], Any], clients: Clients, bucket: str, key: str
) -> None:
    with connect() as connection:
        connection.send(f"PUT /{bucket}/{quote(key, safe='/')}", SIGNED + "Content-Length: 1\r\n", b"x")
        assert connection.answer()[0] == 200
    assert key in [one["Key"] for one in clients("s3").list_objects_v2(Bucket=bucket)["Contents"]]


@pytest.mark.parametrize(
    ("line", "headers"),
    [
        ("GET /", SIGNED.replace("Host", "X-Host")),
        ("GET /a b", SIGNED),
        ("PUT /a", SIGNED + "Content-Length: 1\r\nContent-Length: 2\r\n"),
        ("PUT /a", SIGNED + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"),
        ("GET /a", SIGNED + "X-Name : with a blank before its colon\r\n"),
    ],
    ids=["host", "path", "lengths", "smuggled", "header"],
)
def test_what_is_no_http_is_refused_and_ends_the_connection(
    connect: Callable[[], Any], line: str, headers: str
) -> None:
    with connect() as connection:
        connection.send(line, headers)
        assert connection.answer()[0] == 400
        assert connection.ended()


def test_the_answer_to_head_has_no_body(connect: Callable[[], Any], clients: Clients, bucket: str) -> None:
    clients("s3").put_object(Bucket=bucket, Key="headed", Body=b"abc")
    with connect() as connection:
        for key, status in (("headed", 200), ("none", 404), ("headed", 200)):
            connection.send(f"HEAD /{bucket}/{key}")
            assert connection.answer("HEAD") == (status, b"")


def test_no_web_socket_is_opened(connect: Callable[[], Any]) -> None:
    upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    with connect() as connection:
        connection.send(
            "GET /_aws/execute-api/a/b",
            f"Host: a\r\n{upgrade}Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
        )
        assert connection.answer()[0] == 501


def test_a_function_that_ended_leaves_no_connection_behind(clients: Clients, sandbox: Sandbox) -> None:
    function = make(clients, ENDING)
    processes = psutil.Process(sandbox.pid).children(recursive=True)
    (server,) = (one for one in processes if one.cmdline()[1:3] == ["-m", "s_infra.sandbox.server"])

    def crash() -> None:
        assert function.invoke().payload["errorType"] == "Runtime.ExitError"

    crash()
    before = server.num_fds()
    for _ in range(4):
        crash()
    deadline = time.monotonic() + 10
    # Less than one of each: the client of this test may have opened another.
    while server.num_fds() >= before + 4:
        assert time.monotonic() < deadline
        time.sleep(0.05)
