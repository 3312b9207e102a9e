"""The whole walk with loopback alone and as an ordinary user: nothing tries to leave, nothing needs root."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from s_infra.packaging import environments

REPOSITORY = Path(__file__).parents[2]
OFFLINE = str(REPOSITORY / "tests/support/offline.py")
PROGRAM = str(Path(sys.executable).with_name("s-infra"))
USER = () if os.geteuid() == 0 else ("--user", "--map-root-user")
# Inside, the user is 1000 and has no capability; the files are still those of whoever runs the tests.
AS_USER = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")


def offline(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["unshare", *USER, "--net", "--", sys.executable, OFFLINE, *command],
        cwd=REPOSITORY,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=240,
    )


def _reason() -> str | None:
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return "network namespaces are Linux's, with unshare"
    tried = offline("true")
    return None if tried.returncode == 0 else f"no network namespace: {tried.stderr.strip()}"


@pytest.fixture(scope="module", autouse=True)
def namespaces() -> None:
    if (reason := _reason()) is not None:
        pytest.skip(reason)


def test_an_attempt_to_leave_is_counted() -> None:
    attempt = "import socket; socket.socket().connect_ex(('192.0.2.7', 443))"
    done = offline(sys.executable, "-c", attempt)
    assert done.stdout == "tried to leave: 1\n", done.stderr


def test_the_user_has_no_right_of_roots() -> None:
    done = offline(*AS_USER, "sh", "-c", "id -u; grep CapEff /proc/self/status")
    assert done.stdout.split()[:3] == ["1000", "CapEff:", "0000000000000000"]


def test_the_pipeline_runs_without_a_right_and_nothing_tries_to_leave(tmp_path: Path) -> None:
    # What may reach the package index is `image push`, and only for an environment that isn't there yet.
    container = REPOSITORY / "source/containers/ml-ops-byo-custom"
    requirements = (container / "requirements.txt").read_text().splitlines()
    environments.build(None, requirements, tell=lambda _: None)
    walk = (sys.executable, "examples/walk.py", "ml-ops-on-aws", "--json")
    done = offline(*AS_USER, PROGRAM, "sandbox", "exec", "--", *walk, S_INFRA_STATE_DIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    *told, counted = done.stdout.splitlines()
    assert counted == "tried to leave: 0"
    rows = json.loads("\n".join(told))["rows"]
    assert sum(row["truth"] == row["predicted"] for row in rows) / len(rows) > 0.9
