"""The flag `--aws`, with a sandbox for an account: what runs, where, and what is left behind."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from s_infra.sandbox.supervisor import Sandbox

Clients = Callable[[str], Any]
REPOSITORY = Path(__file__).parents[2]
TEST = "tests/functional/test_parity_messages.py"


def test_with_the_flag_the_account_of_the_environment_is_used_and_left_clean(
    sandbox: Sandbox, clients: Clients
) -> None:
    named = "tests/functional/test_parity_objects.py::test_a_copy_keeps_or_changes_what_it_is_told"
    other = "tests/functional/test_base_operations.py::test_a_task_sends_a_message"
    slow = "tests/functional/test_parity_databases.py::test_an_instance_is_made_changed_and_deleted"
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--aws", named, other, slow],
        cwd=REPOSITORY,
        env={**os.environ, **sandbox.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    # What is about the sandbox itself is left out, and what costs more without --aws-slow.
    assert "1 passed, 2 deselected" in run.stdout
    made = [call for call in sandbox.calls() if call["operation"] == "s3:CreateBucket"]
    assert len(made) == 1
    assert made[0]["resource"].startswith("arn:aws:s3:::s-infra-parity-")
    assert clients("s3").list_buckets()["Buckets"] == []


def test_without_credentials_the_flag_reaches_nobody(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nowhere = {"HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true", "AWS_DEFAULT_REGION": "us-east-1"}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-x", "--aws", TEST],
        cwd=REPOSITORY,
        env={**kept, **nowhere},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode != 0
    assert "NoCredentialsError" in run.stdout
