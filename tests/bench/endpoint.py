"""Measures an endpoint: requests a second through InvokeEndpoint, and of the same container asked directly.

`python tests/bench/endpoint.py`; `make bench` has it among the others.
"""

from __future__ import annotations

import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

sys.path.append(str(Path(__file__).parents[1] / "support"))

from endpoint_support import serve, variant
from sagemaker_support import Lab

from s_infra.sandbox import supervisor

NAME = "measured"
BODY = b"1,2,3,4\n"
ANSWER = b"10.0\n"
CONNECTIONS = 4
REQUESTS = 1000  # by each connection
WARM = 50


def requests_per_second() -> tuple[float, float]:
    """Return the endpoint's requests a second and the container's own, with as many connections each."""
    with supervisor.running() as sandbox, tempfile.TemporaryDirectory() as scratch:
        session = boto3.Session("test", "test", region_name=sandbox.region)
        clients = {
            name: session.client(name, endpoint_url=sandbox.endpoint) for name in ("s3", "ecr", "sagemaker")
        }
        lab = Lab(sandbox, clients.__getitem__, "quick")
        lab.model(NAME)
        assert serve(lab, NAME, variant("AllTraffic", NAME))["EndpointStatus"] == "InService"
        port = int(sandbox.endpoint.rpartition(":")[2])
        through = _rate(lambda: socket.create_connection(("127.0.0.1", port)), _signed(sandbox))
        # The container's port 8080, as the sandbox itself reaches it.
        (path,) = sandbox.directory.glob(f"data/sagemaker/endpoints/{NAME}/*/container-*/http")
        link = Path(scratch, "http")
        link.symlink_to(path)
        head = f"POST /invocations HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(BODY)}\r\n\r\n"
        return through, _rate(lambda: _unix(link), head.encode() + BODY)


def _unix(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(str(path))
    return connection


def _signed(sandbox: supervisor.Sandbox) -> bytes:
    """Return the bytes of an InvokeEndpoint request as an SDK sends it."""
    url = f"{sandbox.endpoint}/endpoints/{NAME}/invocations"
    request = AWSRequest("POST", url, {"Content-Type": "text/csv"}, BODY)
    SigV4Auth(Credentials("test", "test"), "sagemaker", sandbox.region).add_auth(request)
    headers = {**request.prepare().headers, "Host": sandbox.endpoint.removeprefix("http://")}
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = [f"POST /endpoints/{NAME}/invocations HTTP/1.1", *lines, "", ""]
    return "\r\n".join(head).encode() + BODY


def _rate(connect: Callable[[], socket.socket], request: bytes) -> float:
    """Return the answered requests a second over all connections."""
    gate = threading.Barrier(CONNECTIONS + 1)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            with connect() as connection, connection.makefile("rb") as answers:
                for _ in range(WARM):
                    _ask(connection, answers, request)
                gate.wait()
                for _ in range(REQUESTS):
                    _ask(connection, answers, request)
        except BaseException as error:
            failures.append(error)
            gate.abort()
            raise

    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    gate.wait()
    begun = time.monotonic()
    for thread in threads:
        thread.join()
    assert not failures, failures
    return CONNECTIONS * REQUESTS / (time.monotonic() - begun)


def _ask(connection: socket.socket, answers: BinaryIO, request: bytes) -> None:
    connection.sendall(request)
    status, length = answers.readline(), 0
    while (line := answers.readline()) != b"\r\n":
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    body = answers.read(length)
    assert b" 200 " in status, (status, body)
    assert body == ANSWER


if __name__ == "__main__":
    ours, alone = requests_per_second()
    print(f"InvokeEndpoint {ours:.0f} requests/s, the container alone {alone:.0f}, ratio {ours / alone:.2f}")
