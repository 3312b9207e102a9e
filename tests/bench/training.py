"""Training jobs against the same program by hand: one, and twenty at once."""

from __future__ import annotations

import functools
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bare_programs
import psutil
from sagemaker_support import INSTANCE, ROLE, push

from s_infra.packaging import environments
from s_infra.sandbox import supervisor

REPEATS = 7
AT_ONCE = 20
BUCKET = "bench"
C = 1.0
NOTHING = ["sh", "-c", "true"]
SAMPLE_S = 0.05


@dataclass(frozen=True)
class Figures:
    """Seconds of a program that does nothing, of one that trains, of twenty; and their memory in MB."""

    nothing: float
    one: float
    twenty: float
    twenty_mb: float


@dataclass
class Peak:
    """The most memory that a process and all below it had for themselves, in MB."""

    megabytes: float = 0.0


def bare(scratch: Path) -> Figures:
    """Run the program by hand."""
    requirements = (bare_programs.CONTAINER / "requirements.txt").read_text().splitlines()
    built = environments.build(None, requirements, tell=lambda _: None)
    python = built.directory / "bin/python"

    def train(number: int) -> None:
        bare_programs.train(python, scratch, number, C)

    def all_at_once() -> None:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(train, range(100, 100 + AT_ONCE)))

    # The first run fills the caches of the machine.
    train(-1)
    nothing = _least(lambda _: subprocess.run(NOTHING, check=True))
    one = _least(train)
    with peak_memory(psutil.Process().pid) as peak:
        twenty = _seconds(all_at_once)
    return Figures(nothing, one, twenty, peak.megabytes)


def sandboxed(scratch: Path) -> Figures:
    """Run the same as training jobs of a sandbox, from CreateTrainingJob to the status Completed."""
    with supervisor.running() as sandbox:
        sandbox.client("ecr").create_repository(repositoryName="bench")
        pushed = push(sandbox, bare_programs.CONTAINER, "bench", "first")
        if pushed.returncode:
            raise RuntimeError(pushed.stderr)
        image = pushed.stdout.split()[-1]
        s3 = sandbox.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        for path in (scratch / "channels").rglob("*.csv"):
            s3.upload_file(str(path), BUCKET, str(path.relative_to(scratch)))
        sagemaker = sandbox.client("sagemaker")

        def train(number: int) -> None:
            _wait(sagemaker, _start(sagemaker, image, f"one-{number}"))

        def do_nothing(number: int) -> None:
            entry = {"ContainerEntrypoint": NOTHING[:1], "ContainerArguments": NOTHING[1:]}
            _wait(sagemaker, _start(sagemaker, image, f"nothing-{number}", **entry))

        def all_at_once() -> None:
            for name in [_start(sagemaker, image, f"of-{AT_ONCE}-{number}") for number in range(AT_ONCE)]:
                _wait(sagemaker, name)

        train(REPEATS)
        nothing, one = _least(do_nothing), _least(train)
        with peak_memory(sandbox.pid) as peak:
            twenty = _seconds(all_at_once)
        return Figures(nothing, one, twenty, peak.megabytes)


def _start(sagemaker: Any, image: str, name: str, **entry: list[str]) -> str:
    def channel(of: str) -> dict[str, Any]:
        source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/channels/{of}/"}
        return {"ChannelName": of, "ContentType": "text/csv", "DataSource": {"S3DataSource": source}}

    sagemaker.create_training_job(
        TrainingJobName=name,
        AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File", **entry},
        HyperParameters={"C": str(C), "l1_ratio": "0.5"},
        RoleArn=ROLE,
        InputDataConfig=[channel("train"), channel("validation")],
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/models"},
        ResourceConfig={**INSTANCE, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 300},
        EnableNetworkIsolation=True,
    )
    return name


def _wait(sagemaker: Any, name: str) -> None:
    while (job := sagemaker.describe_training_job(TrainingJobName=name))["TrainingJobStatus"] == "InProgress":
        time.sleep(0.005)
    if job["TrainingJobStatus"] != "Completed":
        raise RuntimeError(job.get("FailureReason"))


@contextmanager
def peak_memory(pid: int) -> Iterator[Peak]:
    """Sample the memory of a process and all below it while the block lasts."""
    peak, ended = Peak(), threading.Event()

    def sample() -> None:
        while not ended.wait(SAMPLE_S):
            peak.megabytes = max(peak.megabytes, _memory(pid))

    sampler = threading.Thread(target=sample)
    sampler.start()
    try:
        yield peak
    finally:
        ended.set()
        sampler.join()


def _memory(pid: int) -> float:
    total = 0.0
    process = psutil.Process(pid)
    for one in (process, *process.children(recursive=True)):
        try:
            total += one.memory_full_info().uss
        except psutil.Error:
            # It ended since it was listed.
            continue
    return total / 2**20


def _least(work: Callable[[int], object]) -> float:
    # What else the machine does only ever adds.
    return min(_seconds(functools.partial(work, number)) for number in range(REPEATS))


def _seconds(work: Callable[[], object]) -> float:
    begun = time.monotonic()
    work()
    return time.monotonic() - begun
