"""Requests and answers in the form that the server hands them on (ASGI)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from s_infra.errors import SInfraError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping

    from s_infra.sandbox.base import Response

# A service of ours gives an answer's request id by this header.
REQUEST_ID = "x-s-infra-request-id"
# And by this one that the connection is to be closed in the place of an answer.
CUT = "x-s-infra-cut"


def announcing(send: Any, ready: threading.Event) -> Any:
    """Return `send`, setting `ready` when the application has started."""

    async def announce(message: Any) -> None:
        await send(message)
        if message["type"] == "lifespan.startup.complete":
            ready.set()

    return announce


async def read_body(receive: Any) -> bytes | None:
    """Return a request's body; None when its client has gone."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def carry_out(command: Callable[[Mapping[str, Any]], Mapping[str, object]], body: bytes) -> Response:
    """Return what a command of the sandbox's own answers to a body of JSON."""
    headers = {"Content-Type": "application/json"}
    try:
        return 200, headers, json.dumps(command(json.loads(body or b"{}"))).encode()
    except (SInfraError, ValueError) as error:
        return 400, headers, json.dumps({"message": str(error)}).encode()


async def write(send: Any, response: Response) -> None:
    """Send an answer, whole."""
    status, headers, body = response
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    pairs.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})


def finishing(send: Any) -> Any:
    """Do with an answer what a service of ours says by a header: give its request id, or cut it off.

    MiniStack puts a request id of its own over the service's.
    """
    cut = False

    async def finish(message: Any) -> None:
        nonlocal cut
        if message["type"] == "http.response.start":
            known = {name.lower(): value for name, value in message["headers"]}
            cut = CUT.encode() in known
            if own := known.get(REQUEST_ID.encode()):
                ids = (REQUEST_ID.encode(), b"x-amzn-requestid")
                pairs = [pair for pair in message["headers"] if pair[0].lower() not in ids]
                message = {**message, "headers": [*pairs, (b"x-amzn-requestid", own)]}
            if cut:
                # Of what is promised nothing comes: the server then closes the connection.
                await send({**message, "headers": [(b"content-length", b"1")]})
                await send({"type": "http.response.body", "body": b"", "more_body": True})
                return
        if not cut:
            await send(message)

    return finish
