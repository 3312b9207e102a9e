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
from s_infra.sandbox import supervisor
from s_infra.sandbox.supervisor import Sandbox

REPOSITORY = Path(__file__).parents[2]
CONTAINER = REPOSITORY / "source/containers/ml-ops-byo-custom"
PARALLEL = 2  # as many trials at once as the example asks for

SCRIPT = REPOSITORY / "source/scripts/transform.py"
# What the Glue job gives the script besides: its dependency and Glue's own module.
IMPORTED = (
    REPOSITORY / "source/scripts/python",
    REPOSITORY / "s_infra/sandbox/services/glue/runtime",
)
BUCKET = "by-hand"
# The script's arguments, each with where its object goes in the folder of the results.
TRAINING = {"train_output_key": "train/part.csv", "validate_output_key": "validation/part.csv"}
SCORING = {"score_output_key": "score.csv"}


def run_by_hand(scratch: Path, trials: int, parallel: int = PARALLEL) -> float:
    """Transform, train `trials` times, `parallel` at once, transform, serve and score.

    Returns the seconds that the programs took; what brings them their files isn't counted.
    """
    data = scratch / "data"
    subprocess.run([sys.executable, REPOSITORY / "examples/ml-ops-on-aws/data.py", data], check=True)
    requirements = (CONTAINER / "requirements.txt").read_text().splitlines()
    environment = environments.build(None, requirements, tell=lambda _: None)
    python = environment.directory / "bin/python"
    with supervisor.running() as sandbox:
        seconds = transform(sandbox, data / "train.csv", scratch / "channels", TRAINING)
        begun = time.monotonic()
        with ThreadPoolExecutor(parallel) as pool:
            bases = list(pool.map(lambda number: train(python, scratch, number), range(trials)))
        seconds += time.monotonic() - begun
        seconds += transform(sandbox, data / "score.csv", scratch, SCORING)
    begun = time.monotonic()
    score(python, bases[-1], (scratch / "score.csv").read_bytes())
    return seconds + time.monotonic() - begun


def transform(sandbox: Sandbox, landed: Path, out: Path, outputs: dict[str, str]) -> float:
    """Run the transform script on a file, as Glue does; return its seconds. `out` gets what it writes."""
    s3 = sandbox.client("s3")
    if not s3.list_buckets()["Buckets"]:
        s3.create_bucket(Bucket=BUCKET)
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=BUCKET, Key=landed.name, Body=landed.read_bytes())["VersionId"]
    arguments = {
        "mode": "train" if outputs is TRAINING else "score",
        "input_bucket": BUCKET,
        "input_key": landed.name,
        "input_version": version,
        "output_bucket": BUCKET,
        **{name: f"made/{key}" for name, key in outputs.items()},
    }
    command = [sys.executable, str(SCRIPT)]
    for name, value in arguments.items():
        command += [f"--{name}", value]
    paths = os.pathsep.join(map(str, IMPORTED))
    begun = time.monotonic()
    subprocess.run(
        command,
        env={**os.environ, **sandbox.environment, "PYTHONPATH": paths},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    seconds = time.monotonic() - begun
    for key in outputs.values():
        (out / key).parent.mkdir(parents=True, exist_ok=True)
        (out / key).write_bytes(s3.get_object(Bucket=BUCKET, Key=f"made/{key}")["Body"].read())
    s3.close()
    return seconds


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
