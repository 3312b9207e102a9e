"""Invocations of a function, cold and warm, by the sandbox and by MiniStack's own executor."""

from __future__ import annotations

import io
import json
import statistics
import sys
import time
import zipfile
from dataclasses import dataclass
from typing import Any

import boto3
from machines import running_ministack

from s_infra.sandbox import environment, supervisor

SOURCE = "def main(event, context):\n    return event\n"
COLD, WARM = 5, 200


@dataclass(frozen=True)
class Seconds:
    """Medians."""

    cold: float
    warm: float


def sandboxed() -> Seconds:
    """Measure the sandbox."""
    with supervisor.running() as sandbox:
        return _measure(sandbox.endpoint)


def ministack() -> Seconds:
    """Measure MiniStack alone."""
    with running_ministack() as endpoint:
        return _measure(endpoint)


def _measure(endpoint: str) -> Seconds:
    session = boto3.Session(
        aws_access_key_id=environment.ACCESS_KEY_ID,
        aws_secret_access_key=environment.SECRET_ACCESS_KEY,
        region_name=environment.DEFAULT_REGION,
    )
    client = session.client("lambda", endpoint_url=endpoint)
    # The first function of a sandbox lays the runtime's folder, once for each user of the machine.
    _invoke(client, _make(client, "first"))
    colds = [_invoke(client, _make(client, f"cold-{number}")) for number in range(COLD)]
    warms = [_invoke(client, "first") for _ in range(WARM)]
    return Seconds(statistics.median(colds), statistics.median(warms))


def _make(client: Any, name: str) -> str:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("handler.py", SOURCE)
    client.create_function(
        FunctionName=name,
        Runtime=f"python3.{sys.version_info.minor}",
        Role="arn:aws:iam::000000000000:role/any",
        Handler="handler.main",
        Code={"ZipFile": content.getvalue()},
    )
    return name


def _invoke(client: Any, name: str) -> float:
    begun = time.perf_counter()
    answer = client.invoke(FunctionName=name, Payload=b'{"n": 1}')
    took = time.perf_counter() - begun
    if json.load(answer["Payload"]) != {"n": 1}:
        raise RuntimeError(f"{name} did not answer rightly")
    return took
