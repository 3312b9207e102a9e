"""Fixtures that every test can use: a sandbox for each test module, clients on it, and an account.

With `--aws` the tests that ask for `cloud` run on the account of the environment's credentials, and no others
run. Without it nothing reaches AWS.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import browser_support
import cloud_support
import pytest
from botocore.config import Config

from s_infra.sandbox import environment, service_models, supervisor

# Whatever engine the machine has: the tests of the engine's way ask for it themselves.
os.environ.setdefault("S_INFRA_CONTAINERS", "processes")

Clients = Callable[[str], Any]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--aws`."""
    told = "run the tests of parity on the AWS account of the environment's credentials, and no others"
    parser.addoption("--aws", action="store_true", help=told)
    slow = "with --aws: those too that take minutes there, and cost more than cents"
    parser.addoption("--aws-slow", action="store_true", help=slow)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `--aws`, leave out what is about the sandbox itself."""
    if config.getoption("--aws"):
        slow = config.getoption("--aws-slow")
        there = [item for item in items if _is_for_aws(item, slow=slow)]
        config.hook.pytest_deselected(items=[item for item in items if item not in there])
        items[:] = there


def _is_for_aws(item: pytest.Item, *, slow: bool) -> bool:
    if item.get_closest_marker("aws_slow") and not slow:
        return False
    return "cloud" in getattr(item, "fixturenames", ())


@pytest.fixture
def cloud(request: pytest.FixtureRequest) -> Iterator[cloud_support.Cloud]:
    """An account to make things in: the sandbox's, or with `--aws` the user's.

    What the test's marker says that it shows, the test must have called or used by its end.
    """
    if request.config.getoption("--aws"):
        account = cloud_support.on_aws()
    else:
        account = cloud_support.on_sandbox(request.getfixturevalue("sandbox"))
    named = [name for mark in request.node.iter_markers("parity") for name in mark.args]
    with account as given:
        yield given
        missing = given.not_shown(named)
    assert missing == [], f"the marker names what the test doesn't show: {missing}"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[supervisor.Sandbox]:
    """A sandbox that the tests of one module share."""
    with supervisor.running() as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[browser_support.Browser]:
    """A headless Chromium; without one the test is left out, and pytest's summary says so."""
    found = browser_support.program()
    if found is None:
        pytest.skip("no Chromium here: the pages of runs are not looked at in a browser")
    with browser_support.running(found) as running:
        yield running


@pytest.fixture(scope="module")
def clients(sandbox: supervisor.Sandbox) -> Iterator[Clients]:
    """Makes boto3 clients on the sandbox: `clients("s3")`."""
    made: dict[str, Any] = {}
    session = boto3.Session(
        aws_access_key_id=environment.ACCESS_KEY_ID,
        aws_secret_access_key=environment.SECRET_ACCESS_KEY,
        region_name=sandbox.region,
        # Clients of all modules share what they have read.
        botocore_session=service_models.client_session(),
    )

    def client(service: str) -> Any:
        if service not in made:
            config = Config(retries={"total_max_attempts": 1})
            made[service] = session.client(service, endpoint_url=sandbox.endpoint, config=config)
        return made[service]

    yield client
    for one in made.values():
        one.close()
