"""Programs that keep SageMaker's contract, of the standard library alone."""

from __future__ import annotations

from pathlib import Path

DOCKERFILE = "FROM python:3.11-slim\nCOPY --chmod=755 program/ /usr/local/bin/\n"
TRAIN = """#!/usr/bin/env python3
import os, sys
from pathlib import Path
base = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
if not (base / "input/data/train/train.csv").is_file():
    (base / "output/failure").write_text("no data to train on")
    sys.exit(3)
(base / "model/model.txt").write_text("1")
"""
SERVE = """#!/usr/bin/env python3
import os, signal, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

class Handler(BaseHTTPRequestHandler):
    def answer(self, status, body=b"", kind="text/csv"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200)

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Content-Type"] != "text/csv":
            self.answer(415, b"only text/csv")
        else:
            self.answer(200, b"1\\n")

port = int(os.environ.get("SAGEMAKER_BIND_TO_PORT", 8080))
HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


def container(folder: Path, train: str = TRAIN, serve: str = SERVE) -> Path:
    """Write a container that reads its Dockerfile's programs, with a sample."""
    (folder / "program").mkdir(parents=True)
    (folder / "sample/train").mkdir(parents=True)
    (folder / "Dockerfile").write_text(DOCKERFILE)
    (folder / ".dockerignore").write_text("sample\n")
    (folder / "program/train").write_text(train)
    (folder / "program/serve").write_text(serve)
    (folder / "sample/train/train.csv").write_text("1,2\n")
    (folder / "sample/request.csv").write_text("2\n")
    return folder
