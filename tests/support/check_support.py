"""Programs that keep SageMaker's contract, of the standard library alone."""

from __future__ import annotations

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
