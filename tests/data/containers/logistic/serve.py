#!/usr/bin/env python
"""The program that `docker run IMAGE serve` starts."""

import io
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import model
import numpy as np

fitted = model.load(Path("/opt/ml/model/model.npz"))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.answer(200 if self.path == "/ping" else 404, b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Content-Type"] != "text/csv":
            self.answer(415, b"text/csv only")
            return
        try:
            features = np.loadtxt(io.BytesIO(body), delimiter=",", ndmin=2)
        except ValueError as error:
            self.answer(400, str(error).encode())
            return
        self.answer(200, "\n".join(model.lines(fitted, features)).encode())

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()
