"""Glue jobs against the same programs by hand: what a run adds to its script."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from s_infra.errors import SInfraError
from s_infra.sandbox import supervisor
from s_infra.sandbox.services.glue import spark

REPEATS = 5
PYTHON = "import pandas\nprint(pandas.DataFrame({'a': [1, 2]}).a.sum())\n"
SPARK = """
from pyspark.sql import SparkSession
session = SparkSession.builder.getOrCreate()
print(session.range(1000).selectExpr("id % 7 as k").groupBy("k").count().count())
"""
COMMANDS = {
    "pythonshell": {"Name": "pythonshell", "PythonVersion": "3.9"},
    "glueetl": {"Name": "glueetl", "PythonVersion": "3"},
}


@dataclass(frozen=True)
class Figures:
    """Seconds that a run takes, and the same program by hand: the shortest of several."""

    ours: float
    by_hand: float


def python_shell() -> Figures:
    """Run a script that imports what most scripts do."""
    return _measured("pythonshell", PYTHON, {}, REPEATS)


def spark_job() -> Figures | None:
    """Run a script with one shuffle; None where Spark isn't installed."""
    try:
        installed = spark.find()
    except SInfraError:
        return None
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        compiled = spark.classes(installed, home)
        variables = spark.variables(installed, compiled, home / "run", "")
        return _measured("glueetl", SPARK, variables, 2)


def _measured(kind: str, script: str, variables: dict[str, str], repeats: int) -> Figures:
    with supervisor.running() as sandbox:
        clients = {
            name: boto3.client(
                name,
                endpoint_url=sandbox.endpoint,
                region_name=sandbox.region,
                aws_access_key_id="test",
                aws_secret_access_key="test",
            )
            for name in ("s3", "glue")
        }
        clients["s3"].create_bucket(Bucket="bench")
        clients["s3"].put_object(Bucket="bench", Key="job.py", Body=script.encode())
        command = {**COMMANDS[kind], "ScriptLocation": "s3://bench/job.py"}
        clients["glue"].create_job(Name="bench", Role="arn:aws:iam::000000000000:role/b", Command=command)
        by_hand = [_by_hand(script, variables) for _ in range(repeats)]
        ours = [_run(clients["glue"]) for _ in range(repeats)]
        for client in clients.values():
            client.close()
    return Figures(min(ours), min(by_hand))


def _run(glue: Any) -> float:
    begun = time.monotonic()
    run = glue.start_job_run(JobName="bench")["JobRunId"]
    while True:
        state = glue.get_job_run(JobName="bench", RunId=run)["JobRun"]["JobRunState"]
        if state not in ("STARTING", "RUNNING"):
            assert state == "SUCCEEDED", state
            return time.monotonic() - begun
        time.sleep(0.01)


def _by_hand(script: str, variables: dict[str, str]) -> float:
    begun = time.monotonic()
    subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **variables},
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.monotonic() - begun
