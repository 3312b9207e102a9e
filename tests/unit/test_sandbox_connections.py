"""The sandbox's listening socket."""

from __future__ import annotations

import socket

from s_infra.sandbox import connections


def test_an_answer_of_several_parts_is_sent_at_once() -> None:
    with connections.bind(0) as listener:
        # asyncio looks at it before it sets TCP_NODELAY.
        assert listener.proto == socket.IPPROTO_TCP
