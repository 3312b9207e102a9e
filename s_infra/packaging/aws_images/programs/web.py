"""The two addresses that SageMaker asks for: GET /ping and POST /invocations."""

from __future__ import annotations

import http
import sys
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Answer:
    """A response to an invocation."""

    body: bytes
    content_type: str = "text/plain"
    status: int = http.HTTPStatus.OK


def serve(port: int, invoke: Callable[[bytes, str, str], Answer]) -> None:
    """Answer for ever; `invoke` gets body, Content-Type and Accept, each "" where the caller gives none."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._give(Answer(b"", status=200 if self.path == "/ping" else 404))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path != "/invocations":
                self._give(Answer(b"", status=404))
                return
            self._give(invoke(body, self.headers.get("Content-Type", ""), self.headers.get("Accept", "")))

        def _give(self, answer: Answer) -> None:
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            """Log nothing: a line for each request would fill the log."""

    # Head and body leave in one packet, or the caller waits for an acknowledgement between them.
    Handler.wbufsize = -1
    sys.stdout.flush()
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
