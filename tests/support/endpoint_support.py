"""What the tests of endpoints share: made, waited for, asked from several threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from sagemaker_support import Lab

BUSY = ("Creating", "Updating", "RollingBack", "Deleting")
INSTANCE = "ml.m5.large"


def variant(name: str, model: str, weight: float = 1.0, count: int = 1, **more: Any) -> dict[str, Any]:
    """Return a production variant."""
    size = {"InitialInstanceCount": count, "InstanceType": INSTANCE, "InitialVariantWeight": weight}
    return {"VariantName": name, "ModelName": model, **size, **more}


def configure(lab: Lab, name: str, *variants: Mapping[str, Any]) -> None:
    """Make an endpoint configuration."""
    lab.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=list(variants))


def serve(lab: Lab, name: str, *variants: Mapping[str, Any]) -> dict[str, Any]:
    """Make an endpoint with a configuration of its name; return how it stands when it has come to rest."""
    configure(lab, name, *variants)
    lab.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    return settled(lab, name)


def serve_model(lab: Lab, name: str, **environment: str) -> dict[str, Any]:
    """Make an endpoint of one model in one variant, all of that name."""
    lab.model(name, container={"Environment": environment})
    return serve(lab, name, variant("AllTraffic", name))


def settled(lab: Lab, name: str, timeout: float = 60.0) -> dict[str, Any]:
    """Wait until nothing is done on the endpoint any more; return its description."""
    deadline = time.monotonic() + timeout
    while True:
        found: dict[str, Any] = lab.sagemaker.describe_endpoint(EndpointName=name)
        if found["EndpointStatus"] not in BUSY:
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.02)


def delete(lab: Lab, name: str) -> None:
    """Delete an endpoint and wait until it is gone."""
    lab.sagemaker.delete_endpoint(EndpointName=name)
    deadline = time.monotonic() + 30
    while name in [one["EndpointName"] for one in lab.sagemaker.list_endpoints()["Endpoints"]]:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def ask(lab: Lab, name: str, body: bytes, **more: Any) -> bytes:
    """Invoke an endpoint and return its answer's body."""
    answer = lab.clients("sagemaker-runtime").invoke_endpoint(
        **{"EndpointName": name, "ContentType": "text/csv", "Body": body, **more}
    )
    found: bytes = answer["Body"].read()
    return found


def programs(mark: str) -> int:
    """Return how many processes of this machine have `mark` in their environment."""
    count = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                count += mark.encode() in (entry / "environ").read_bytes()
            except OSError:
                continue
    return count


class Load:
    """Calls something over and over in several threads, and keeps what came of it, in order."""

    def __init__(self, call: Callable[[], Any], threads: int = 4) -> None:
        self.results: list[Any] = []
        self._call = call
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(threads)]

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.results.append(self._call())
            except Exception as error:  # noqa: BLE001 - whatever it is, the test looks at it
                self.results.append(error)

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, more: int, timeout: float = 60.0) -> None:
        """Wait until there are so many more results."""
        wanted, deadline = len(self.results) + more, time.monotonic() + timeout
        while len(self.results) < wanted:
            assert time.monotonic() < deadline, self.results[-3:]
            time.sleep(0.01)


def refusal(call: Any, **request: Any) -> tuple[str, str]:
    """Return code and message of the error that the call ends in."""
    with pytest.raises(ClientError) as raised:
        call(**request)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]
