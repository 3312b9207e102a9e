"""The user's own programs, run by hand: what the pipeline's time is held against."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path

from s_infra.packaging import environments

REPOSITORY = Path(__file__).parents[2]
CONTAINER = REPOSITORY / "source/containers/ml-ops-byo-custom"
PARALLEL = 2  # as many trials at once as the example asks for

TRANSFORM = """
import sys
from pathlib import Path
from tabular import read_table, split_by_identifier, write_features, write_training

data, out = Path(sys.argv[1]), Path(sys.argv[2])
if sys.argv[3] == "train":
    table = read_table((data / "train.csv").read_bytes(), "train.csv")
    parts = zip(("train", "validation"), split_by_identifier(table, "sample_id", 0.2))
    for name, part in parts:
        (out / name).mkdir(parents=True)
        (out / name / "part.csv").write_bytes(write_training(part, target="benign", identifier="sample_id"))
else:
    table = read_table((data / "score.csv").read_bytes(), "score.csv")
    (out / "score.csv").write_bytes(write_features(table, identifier="sample_id"))
"""


def run_by_hand(scratch: Path, trials: int, parallel: int = PARALLEL) -> float:
    """Transform, train `trials` times, `parallel` at once, serve and score; return the seconds taken."""
    data = scratch / "data"
    subprocess.run([sys.executable, REPOSITORY / "examples/ml-ops-on-aws/data.py", data], check=True)
    requirements = (CONTAINER / "requirements.txt").read_text().splitlines()
    environment = environments.build(None, requirements, tell=lambda _: None)
    python = environment.directory / "bin/python"
    begun = time.monotonic()
    transform(data, scratch / "channels", "train")
    with ThreadPoolExecutor(parallel) as pool:
        bases = list(pool.map(lambda number: train(python, scratch, number), range(trials)))
    transform(data, scratch, "score")
    score(python, bases[-1], (scratch / "score.csv").read_bytes())
    return time.monotonic() - begun


def transform(data: Path, out: Path, mode: str) -> None:
    """Run the transform's functions in a process of their own."""
    wheel_source = str(REPOSITORY / "source/scripts/python")
    subprocess.run(
        [sys.executable, "-c", TRANSFORM, str(data), str(out), mode],
        env={**os.environ, "PYTHONPATH": wheel_source},
        check=True,
    )


def train(python: Path, scratch: Path, number: int, c: float | None = None) -> Path:
    """Run the container's `train` as SageMaker would lay it out; return its /opt/ml.

    `c` is the hyperparameter of that name; without it each number tries another.
    """
    base = scratch / f"trial-{number}"
    shutil.copytree(scratch / "channels", base / "input/data")
    (base / "input/config").mkdir()
    hyperparameters = {"C": str(10.0 ** (number - 1) if c is None else c), "l1_ratio": "0.5"}
    (base / "input/config/hyperparameters.json").write_text(json.dumps(hyperparameters))
    subprocess.run(
        [python, CONTAINER / "model/train"],
        env={**os.environ, "SAGEMAKER_BASE_DIR": str(base)},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return base


def score(python: Path, base: Path, body: bytes) -> None:
    """Run the container's `serve`, send it the lines once, stop it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [python, CONTAINER / "model/serve"],
        env={**os.environ, "SAGEMAKER_BASE_DIR": str(base), "SAGEMAKER_BIND_TO_PORT": str(port)},
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        while not _answers(f"{url}/ping"):
            time.sleep(0.05)
        request = urllib.request.Request(f"{url}/invocations", body, {"Content-Type": "text/csv"})
        with urllib.request.urlopen(request) as answer:
            assert len(answer.read().splitlines()) == len(body.splitlines())
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def _answers(url: str) -> bool:
    """Return whether the container is healthy; a proxy listens before what is behind it does."""
    try:
        with urllib.request.urlopen(url) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except OSError:
        return False
