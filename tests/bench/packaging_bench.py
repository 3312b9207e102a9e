"""Uploads against s5cmd and `aws s3 cp`, unchanged artifacts, and a rebuilt wheel against `pip wheel`.

Alone: `.venv/bin/python tests/bench/packaging_bench.py`. The endpoint is a sandbox's, or the one that
BENCH_S3_ENDPOINT names, with credentials in the environment; two buckets are made there.
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
from uv import find_uv_bin

from s_infra import aws
from s_infra.packaging import builds
from s_infra.sandbox import supervisor
from s_infra.uploads import upload

REPOSITORY = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).with_name("s-infra")
WHEEL_SOURCE = REPOSITORY / "source/scripts/python"
FUNCTION = REPOSITORY / "catalog/aws/ml-ops/functions/start_execution"
CONTAINER = REPOSITORY / "source/containers/ml-ops-byo-custom"
LARGE, MANY, EACH = 1 << 30, 10_000, 20_000
# One for ours and one for the peers, so that no listing grows by the other's.
BUCKETS = ("s-infra-bench-1", "s-infra-bench-2")
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
# A server that stands in for S3 knows no accounts.
ANY_OWNER = ["--bucket-owner", "any"]


@dataclass(frozen=True)
class Figure:
    """Ours and a peer's; `peer` None: it can't be had here."""

    what: str
    ours: float
    peer: float | None
    peer_name: str


def measure() -> Iterator[Figure]:
    """Yield every figure as it is known."""
    with tempfile.TemporaryDirectory(prefix="s-infra-bench-") as name:
        scratch = Path(name)
        yield from wheels(scratch)
        with _endpoint(scratch) as environment, _used_here(environment):
            for bucket in BUCKETS:
                with (
                    contextlib.closing(boto3.client("s3")) as s3,
                    contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou),
                ):
                    s3.create_bucket(Bucket=bucket)
            yield from unchanged(scratch)
            yield from uploads(scratch, environment)


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


def unchanged(scratch: Path) -> Iterator[Figure]:
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
    upload.run(folder, f"s3://{BUCKETS[0]}/few", upload.Options(), session, _nothing)
    took = _median(lambda: upload.run(folder, f"s3://{BUCKETS[0]}/few", upload.Options(), session, _nothing))
    yield Figure("an unchanged upload of 100, ms (50)", took * 1e3, None, "")
    if "BENCH_S3_ENDPOINT" not in os.environ:
        yield from _unchanged_image()


def _unchanged_image() -> Iterator[Figure]:
    from s_infra.packaging import images

    with contextlib.closing(boto3.client("ecr")) as ecr:
        ecr.create_repository(repositoryName="bench")
    images.push(CONTAINER, "bench", "v1", _nothing)
    took = _median(lambda: images.push(CONTAINER, "bench", "v1", _nothing))
    yield Figure("an unchanged image, ms (aim: 50)", took * 1e3, None, "")


def uploads(scratch: Path, environment: Mapping[str, str]) -> Iterator[Figure]:
    """One large file and many small ones, in processes of their own, and the memory for 2 GB."""
    peers = _peers(scratch)
    for what, folder in (("1 GB", _large(scratch)), (f"{MANY} files", _many(scratch))):
        s5cmd, aws_cli = [], []
        ours = []
        # The order changes, so that none always comes after another's work.
        for number in range(ROUNDS):
            place = f"s3://{BUCKETS[0]}/{folder.name}/{number}"
            ours.append(_seconds([str(PROGRAM), "upload", str(folder), place, *ANY_OWNER], environment))
            place = f"s3://{BUCKETS[1]}/{folder.name}/{number}"
            if "s5cmd" in peers:
                command = [peers["s5cmd"], "cp", f"{folder}/*", f"{place}/s5/"]
                s5cmd.append(
                    _seconds(command, {**environment, "S3_ENDPOINT_URL": environment["AWS_ENDPOINT_URL"]})
                )
            if "aws" in peers and number == 0:
                command = [peers["aws"], "s3", "cp", "--quiet", "--recursive", str(folder), f"{place}/cli/"]
                aws_cli.append(_seconds(command, environment))
            _empty()
        for name, took in (("s5cmd", s5cmd), ("aws s3 cp", aws_cli)):
            yield Figure(
                f"{what}, s", statistics.median(ours), statistics.median(took) if took else None, name
            )
    yield Figure("memory for 2 GB, MB (aim: 256)", _memory(scratch, environment), None, "")


def _memory(scratch: Path, environment: Mapping[str, str]) -> float:
    folder = scratch / "two"
    folder.mkdir()
    with (folder / "file.bin").open("wb") as file:
        for _ in range(128):
            file.write(os.urandom(1 << 20) * 16)
    command = [str(PROGRAM), "upload", str(folder), f"s3://{BUCKETS[0]}/two", *ANY_OWNER]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError("the upload of 2 GB failed")
    _empty()
    return used.ru_maxrss / 1024


@contextlib.contextmanager
def _endpoint(scratch: Path) -> Iterator[dict[str, str]]:
    own = {"XDG_CACHE_HOME": str(scratch / "cache"), "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR", "")}
    cache = {name: value for name, value in own.items() if value}
    if named := os.environ.get("BENCH_S3_ENDPOINT"):
        yield {**os.environ, **cache, "AWS_ENDPOINT_URL": named}
        return
    with supervisor.running() as sandbox:
        yield {**os.environ, **cache, **sandbox.environment}


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


def _peers(scratch: Path) -> dict[str, str]:
    """Return the peers' programs: those of the PATH, or installed in an environment of their own."""
    found = {}
    for name, package in (("s5cmd", "s5cmd"), ("aws", "awscli")):
        program = shutil.which(name)
        if program is None:
            folder = scratch / f"peer-{name}"
            uv = os.fspath(find_uv_bin())
            for arguments in (["venv", str(folder)], ["pip", "install", "--python", str(folder), package]):
                subprocess.run([uv, *arguments, "--quiet"], check=False, capture_output=True)
            program = str(folder / "bin" / name)
        if Path(program).exists():
            found[name] = program
        else:
            print(f"{name} can't be had here, and is left out", file=sys.stderr)
    return found


def _large(scratch: Path) -> Path:
    folder = scratch / "large"
    folder.mkdir()
    with (folder / "file.bin").open("wb") as file:
        for _ in range(LARGE >> 24):
            file.write(os.urandom(1 << 24))
    return folder


def _many(scratch: Path) -> Path:
    folder = scratch / "many"
    folder.mkdir()
    for number in range(MANY):
        (folder / f"{number:05}.csv").write_bytes(os.urandom(EACH))
    return folder


def _empty() -> None:
    with contextlib.closing(boto3.client("s3")) as s3:
        for bucket in BUCKETS:
            for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
                if keys := [{"Key": one["Key"]} for one in page.get("Contents", ())]:
                    s3.delete_objects(Bucket=bucket, Delete={"Objects": keys})


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


if __name__ == "__main__":
    for figure in measure():
        show(figure)
