"""A training program that fills the disk fails with its reason, and the sandbox goes on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SUPPORT = Path(__file__).parents[1] / "support"
USER = () if os.geteuid() == 0 else ("--user", "--map-root-user")
SIZE = "size=64m"
GREEDY = "open('/opt/ml/model/model', 'wb').write(b'x' * 100_000_000)"
MODEST = "open('/opt/ml/model/model', 'wb').write(b'x'); print('score=1')"
# Runs where the disk is small: one job that fills it, one after that.
JOBS = f"""
import functools, json, sys
import boto3
from s_infra.sandbox import supervisor
from sagemaker_support import Lab

with supervisor.running() as sandbox:
    clients = functools.cache(lambda name: boto3.client(
        name, endpoint_url=sandbox.endpoint, region_name=sandbox.region,
        aws_access_key_id="test", aws_secret_access_key="test"))
    lab = Lab(sandbox, clients, "scripted")
    greedy = lab.train("greedy", {{"code": {GREEDY!r}}})
    modest = lab.train("modest", {{"code": {MODEST!r}}})
    kept = lab.keys("models/")
print(json.dumps([greedy["TrainingJobStatus"], greedy["FailureReason"], modest["TrainingJobStatus"], kept]))
"""


def test_a_full_disk_fails_the_job_and_no_other(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    namespace = ["unshare", *USER, "--mount", "--"]
    if shutil.which("unshare") is None or subprocess.run([*namespace, "true"], check=False).returncode:
        pytest.skip("no mount namespace on this machine")
    script = f'mount -t tmpfs -o {SIZE} tmpfs {small} && exec "$@"'
    done = subprocess.run(
        [*namespace, "sh", "-c", script, "sh", sys.executable, "-c", JOBS],
        env={**os.environ, "TMPDIR": str(small), "PYTHONPATH": str(SUPPORT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    status, reason, after, kept = json.loads(done.stdout)
    assert status == "Failed"
    assert "No space left on device" in reason
    assert after == "Completed"
    assert kept == ["models/modest/output/model.tar.gz"]
