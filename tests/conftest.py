"""Fixtures that every test can use: a sandbox for each test module, and clients on it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from s_infra.sandbox import environment, supervisor

# Whatever engine the machine has: the tests of the engine's way ask for it themselves.
os.environ.setdefault("S_INFRA_CONTAINERS", "processes")

Clients = Callable[[str], Any]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[supervisor.Sandbox]:
    """A sandbox that the tests of one module share."""
    with supervisor.running() as running:
        yield running


@pytest.fixture(scope="module")
def clients(sandbox: supervisor.Sandbox) -> Iterator[Clients]:
    """Makes boto3 clients on the sandbox: `clients("s3")`."""
    made: dict[str, Any] = {}
    session = boto3.Session(
        aws_access_key_id=environment.ACCESS_KEY_ID,
        aws_secret_access_key=environment.SECRET_ACCESS_KEY,
        region_name=sandbox.region,
    )

    def client(service: str) -> Any:
        if service not in made:
            config = Config(retries={"total_max_attempts": 1})
            made[service] = session.client(service, endpoint_url=sandbox.endpoint, config=config)
        return made[service]

    yield client
    for one in made.values():
        one.close()
