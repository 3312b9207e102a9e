"""What docs/packaging.md says to type is typed here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import boto3
from pipeline_support import REPOSITORY

from s_infra.sandbox.supervisor import Sandbox

DOCS = (REPOSITORY / "docs/packaging.md").read_text(encoding="utf-8")


def commands(title: str) -> str:
    """Return the shell blocks of a section."""
    found = re.search(rf"^## {re.escape(title)}$(.*?)(?=^## |\Z)", DOCS, re.MULTILINE | re.DOTALL)
    assert found, title
    return "\n".join(re.findall(r"^```sh$\n(.*?)^```$", found[1], re.MULTILINE | re.DOTALL))


def run(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, **variables, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def session_of(sandbox: Sandbox) -> boto3.Session:
    """Return a session of the sandbox's keys."""
    keys = sandbox.environment
    return boto3.Session(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"], region_name=sandbox.region)


def test_wheels_zips_and_layers(tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "source/scripts", tmp_path / "source/scripts")
    shutil.copytree(REPOSITORY / "catalog/aws/ml-ops/functions", tmp_path / "catalog/aws/ml-ops/functions")
    done = run(commands("Wheels, zips and layers"), tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(set(done.stdout.split())) == [
        "build/start_execution-lambda-3.13-arm64.zip",
        "build/tabular-0.1.0-py3-none-any.whl",
    ]
    assert (tmp_path / "build/artifacts.lock.json").is_file()


def test_uploads(tmp_path: Path, sandbox: Sandbox) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/june.csv").write_text("a\n1\n")
    variables = {**sandbox.environment, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    s3 = session_of(sandbox).client("s3", endpoint_url=sandbox.endpoint)
    s3.create_bucket(Bucket="demo-reports")
    s3.put_object(Bucket="demo-reports", Key="2026/may.csv", Body=b"old")
    done = run(commands("Uploads"), tmp_path, **variables)
    assert done.returncode == 0, done.stderr
    assert "would delete 2026/may.csv" in done.stderr
    listed = s3.list_objects_v2(Bucket="demo-reports")["Contents"]
    assert [one["Key"] for one in listed] == ["2026/june.csv"]
    s3.close()


def test_containers(tmp_path: Path, sandbox: Sandbox) -> None:
    shutil.copytree(REPOSITORY / "source/containers", tmp_path / "source/containers")
    ecr = session_of(sandbox).client("ecr", endpoint_url=sandbox.endpoint)
    ecr.create_repository(repositoryName="demo", imageTagMutability="IMMUTABLE")
    done = run(commands("Containers"), tmp_path, **sandbox.environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "000000000000.dkr.ecr.us-east-1.amazonaws.com/demo:v1\n"
    assert done.stderr.count("✓") == 8
    shown = re.findall(r"^✓ (.*?) \(", DOCS, re.MULTILINE)
    assert shown == re.findall(r"^✓ (.*?) \(", done.stderr, re.MULTILINE)
    assert len(ecr.describe_images(repositoryName="demo")["imageDetails"]) == 1
    assert "USER model" in (REPOSITORY / "source/containers/ml-ops-byo-custom/Dockerfile").read_text()
    ecr.close()
