"""A rebuilt wheel against `pip wheel`, what is unchanged, and landings and uploads against two peers.

Alone: `.venv/bin/python tests/bench/packaging_bench.py`. Files go to a sandbox of its own, or to
another server that speaks S3's protocol: `--s3-endpoint URL`, with its keys in the environment.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import boto3
import click
import transfers

from s_infra import aws
from s_infra.packaging import builds, images
from s_infra.sandbox import supervisor
from s_infra.uploads import upload

REPOSITORY = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).with_name("s-infra")
WHEEL_SOURCE = REPOSITORY / "source/scripts/python"
FUNCTION = REPOSITORY / "catalog/aws/ml-ops/functions/start_execution"
CONTAINER = REPOSITORY / "source/containers/ml-ops-byo-custom"
EACH = 20_000
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))


@dataclass(frozen=True)
class Figure:
    """Ours and a peer's; `peer` None: it can't be had here."""

    what: str
    ours: float
    peer: float | None
    peer_name: str


def measure(s3_endpoint: str | None = None) -> Iterator[Figure]:
    """Yield every figure as it is known; files go to the sandbox if no other server is named."""
    with tempfile.TemporaryDirectory(prefix="s-infra-bench-") as name:
        scratch = Path(name)
        yield from wheels(scratch)
        with supervisor.running() as sandbox:
            environment = transfers.environment(sandbox.environment, scratch, s3_endpoint)
            with _used_here(environment), transfers.buckets() as (own, peers):
                yield from unchanged(scratch, own)
                for what, ours, peer, peer_name in transfers.measure(
                    scratch, environment, own, peers, ROUNDS
                ):
                    yield Figure(what, ours, peer, peer_name)


def wheels(scratch: Path) -> Iterator[Figure]:
    """A wheel built after a change, in a process of its own, against pip's."""
    copy = scratch / "project"
    shutil.copytree(WHEEL_SOURCE, copy)

    def changed(number: int) -> None:
        (copy / "tabular/extra.py").write_text(f"VALUE = {number}\n")

    ours, peer = [], []
    for number in range(ROUNDS):
        changed(number)
        ours.append(_seconds([str(PROGRAM), "wheel", "build", str(copy), "--out", str(scratch / "wheels")]))
        changed(number + ROUNDS)
        pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", str(copy)]
        peer.append(_seconds([*pip, "--wheel-dir", str(scratch / "pip")]))
    yield Figure("a rebuilt wheel, s", statistics.median(ours), statistics.median(peer), "pip wheel")


def unchanged(scratch: Path, bucket: str) -> Iterator[Figure]:
    """What is unchanged, after start-up, in ms (aim: 50)."""
    for what, source, target in (("wheel", WHEEL_SOURCE, None), ("zip", FUNCTION, "lambda-3.13-arm64")):
        builds.build(source, scratch / what, target, _nothing)
        took = _median(lambda s=source, w=what, t=target: builds.build(s, scratch / w, t, _nothing))  # type: ignore[misc]
        yield Figure(f"an unchanged {what}, ms (aim: 50)", took * 1e3, None, "")
    folder = scratch / "few"
    folder.mkdir()
    for number in range(100):
        (folder / f"{number}.csv").write_bytes(os.urandom(EACH))
    session = aws.session()
    upload.run(folder, f"s3://{bucket}/few", upload.Options(), session, _nothing)
    took = _median(lambda: upload.run(folder, f"s3://{bucket}/few", upload.Options(), session, _nothing))
    yield Figure("an unchanged upload of 100, ms (50)", took * 1e3, None, "")
    with contextlib.closing(boto3.client("ecr")) as ecr:
        ecr.create_repository(repositoryName="bench")
    images.push(CONTAINER, "bench", "v1", _nothing)
    took = _median(lambda: images.push(CONTAINER, "bench", "v1", _nothing))
    yield Figure("an unchanged image, ms (aim: 50)", took * 1e3, None, "")


@contextlib.contextmanager
def _used_here(environment: Mapping[str, str]) -> Iterator[None]:
    """Have this process use the endpoint, too."""
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _seconds(command: list[str], environment: Mapping[str, str] | None = None) -> float:
    begun = time.monotonic()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    took = time.monotonic() - begun
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]}: {done.stderr[-500:]}")
    return took


def _median(call: Callable[[], object]) -> float:
    figures = []
    for _ in range(5):
        begun = time.perf_counter()
        call()
        figures.append(time.perf_counter() - begun)
    return statistics.median(figures)


def _nothing(_: str) -> None: ...


def show(one: Figure) -> None:
    """Print one figure, with its ratio."""
    if one.peer is None:
        print(f"{one.what:<36}{one.ours:>10.2f}", flush=True)
    else:
        print(
            f"{one.what:<36}{one.ours:>10.2f}{one.peer:>10.2f}{one.ours / one.peer:>8.2f}  {one.peer_name}",
            flush=True,
        )


@click.command()
@click.option("--s3-endpoint", help="A server that speaks S3's protocol, in place of the sandbox.")
def main(s3_endpoint: str | None) -> None:
    """Print every figure."""
    for figure in measure(s3_endpoint):
        show(figure)


if __name__ == "__main__":
    main()
