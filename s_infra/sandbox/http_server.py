"""The HTTP server: uvicorn with httptools, in the place of the one that MiniStack brings."""

from __future__ import annotations

import asyncio
import functools
import logging
from typing import TYPE_CHECKING, Any, TypeAlias

from s_infra.sandbox import asgi
from s_infra.sandbox.hidden import stood_in

if TYPE_CHECKING:
    import socket
    from collections.abc import Awaitable, Callable

    from s_infra.sandbox.base import Response

    Application: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]

logger = logging.getLogger(__name__)
KEEP_ALIVE_S = 600
# HTTP 1.1 wants to be told the host (RFC 9112, 3.2).
WITHOUT_HOST: Response = (400, {"connection": "close"}, b"")
# What MiniStack changes in its server while it is imported.
OF_ITS_SERVER = {
    "hypercorn.config": ("Config",),
    "hypercorn.protocol.events": ("EndBody", "Response"),
    "hypercorn.protocol.h11": ("H11Protocol",),
    "hypercorn.protocol.ws_stream": ("WSStream",),
}


def ministack() -> Any:
    """Return MiniStack's application, without its server: that takes 3 MB and 50 ms, and is not used."""
    with stood_in(OF_ITS_SERVER):
        import ministack.app as app
    return app


class HttpServer:
    """Serves an ASGI application."""

    def __init__(self, application: Application) -> None:
        import uvicorn

        config = uvicorn.Config(
            functools.partial(_careful, application),
            http="httptools",
            # A request to go over to a web socket is answered as if it asked for none.
            ws="none",
            lifespan="on",
            interface="asgi3",
            log_config=None,
            # An answer that is cut off on request is an error to it.
            log_level="critical",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            # A request must not begin with the account and the Region of the one before it.
            reset_contextvars=True,
        )
        self._server = uvicorn.Server(config)

    async def serve(self, listener: socket.socket) -> None:
        """Serve on a listening socket, for ever."""
        await self._server.serve(sockets=[listener])

    async def listen(self, listener: socket.socket) -> Callable[[], None]:
        """Serve on another listening socket, too, while the first is served; return what closes it."""
        server = self._server
        protocol: Any = server.config.http_protocol_class
        state = server.lifespan.state
        connection = functools.partial(protocol, server.config, server.server_state, state)
        added = await asyncio.get_running_loop().create_server(connection, sock=listener)
        return added.close


async def _careful(application: Application, scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        names = {name for name, _ in scope["headers"]}
        if b"host" not in names and scope["http_version"] == "1.1":
            await asgi.write(send, WITHOUT_HOST)
            return
        if b"expect" in names:
            receive, send = _expecting(receive, send)
    try:
        await application(scope, receive, send)
    except Exception:
        logger.exception("%s %s", scope.get("method"), scope.get("path"))
        raise


def _expecting(receive: Any, send: Any) -> tuple[Any, Any]:
    """Return `receive` and `send` that close a connection whose client was not told to go on with its body.

    It may send the body or leave it: what comes next on the connection can't be read then.
    """
    asked = False

    async def ask() -> Any:
        nonlocal asked
        asked = True
        return await receive()

    async def answer(message: Any) -> None:
        if message["type"] == "http.response.start" and not asked:
            message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
        await send(message)

    return ask, answer
