"""The connections to a serving container: kept, made anew, given up; against servers of a few lines."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace

import pytest

from s_infra.sandbox.services.sagemaker import endpoint, runtime
from s_infra.sandbox.services.sagemaker.connections import BrokenError, Connections, Reply, TooLargeError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LIMIT = 1000

Speak = Callable[[int, bytes], bytes | None]


def converse(speak: Speak, talk: Callable[[Connections], Awaitable[object]]) -> tuple[object, list[int]]:
    """Serve with `speak(connection, body)`, None to close; return what `talk` gives, and who was asked."""
    asked: list[int] = []

    async def run() -> object:
        count = 0

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal count
            count += 1
            number = count
            try:
                while head := await reader.readuntil(b"\r\n\r\n"):
                    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                    asked.append(number)
                    answer = speak(number, await reader.readexactly(length))
                    if answer is None:
                        break
                    writer.write(answer)
                    if answer.endswith(b"close"):
                        break
            except asyncio.IncompleteReadError:
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        connections = Connections(SimpleNamespace(socket=None, port=port))  # type: ignore[arg-type]
        try:
            return await talk(connections)
        finally:
            connections.close()
            await asyncio.sleep(0)
            server.close()

    return asyncio.run(run()), asked


def post(connections: Connections, body: bytes = b"x") -> Awaitable[Reply]:
    return connections.post("/invocations", body, {"content-type": "text/csv"}, LIMIT)


def test_requests_in_a_row_share_a_connection_and_those_at_once_do_not() -> None:
    async def talk(connections: Connections) -> list[bytes]:
        replies = [await post(connections) for _ in range(3)]
        replies += await asyncio.gather(*(post(connections) for _ in range(2)))
        return [reply.body for reply in replies]

    found, asked = converse(lambda *_: OK, talk)
    assert found == [b"ok"] * 5
    assert sorted(asked) == [1, 1, 1, 1, 2]


def test_a_connection_that_was_closed_while_idle_is_made_anew() -> None:
    async def talk(connections: Connections) -> bytes:
        await post(connections)
        return (await post(connections, b"again")).body

    # The first connection takes one request and drops the second without an answer.
    found, asked = converse(lambda number, body: None if (number, body) == (1, b"again") else OK, talk)
    assert found == b"ok"
    assert asked == [1, 1, 2]


def test_an_answer_in_chunks_and_one_that_ends_with_its_connection_come_whole() -> None:
    async def talk(connections: Connections) -> list[bytes]:
        return [(await post(connections, body)).body for body in (b"chunks", b"close")]

    chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
    found, _ = converse(
        lambda _, body: chunks if body == b"chunks" else b"HTTP/1.0 200 OK\r\n\r\nuntil close", talk
    )
    assert found == [b"abc", b"until close"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (None, BrokenError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nclose", BrokenError),
        (b"this is not HTTP\r\n\r\nclose", BrokenError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + b"x" * 2000, TooLargeError),
    ],
)
def test_what_is_no_whole_answer_is_an_error(answer: bytes | None, error: type[Exception]) -> None:
    async def talk(connections: Connections) -> Reply:
        return await post(connections)

    with pytest.raises(error):
        converse(lambda *_: answer, talk)


def test_a_container_that_takes_too_long_is_a_model_error(monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(*_: object) -> None:
        await asyncio.sleep(30)

    instance = SimpleNamespace(
        take=lambda: SimpleNamespace(post=silent), give_back=lambda: returned.append(1), taken=0
    )
    returned: list[int] = []
    model = {"PrimaryContainer": {"Image": "i"}}
    made = endpoint.Endpoint("slow", "arn", "configuration")
    made.swap((endpoint.Variant({"VariantName": "A"}, model, "i", 1.0, (instance,)),))  # type: ignore[arg-type]
    counted: list[tuple[object, ...]] = []
    base = SimpleNamespace(
        region="us-east-1", account_id="000000000000", put_metrics=lambda *given: counted.append(given)
    )
    service = SimpleNamespace(base=base, endpoints={"slow": made})
    monkeypatch.setattr(runtime, "ANSWER_TIMEOUT_S", 0.05)
    status, headers, body = asyncio.run(
        runtime.handle(service, "POST", "/endpoints/slow/invocations", {}, b"1")  # type: ignore[arg-type]
    )
    assert (status, headers["x-amzn-ErrorType"]) == (424, "ModelError")
    assert b"Received server error (0) from primary" in body
    assert b"Your invocation timed out" in body
    assert returned == [1]
    assert [dimensions for _, _, dimensions in counted] == [{"EndpointName": "slow", "VariantName": "A"}]
