"""Times Terraform with the sandbox's provider: 30 resources from init to destroy, validate, and memory.

The peer of `validate` is the same command on a configuration that needs no provider. That of the whole is the
prototype that the provider grew out of, which took 1.8 to 3.5 s for the same steps and as many resources.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from s_infra.sandbox import supervisor
from s_infra.terraform import core

PROTOTYPE_S = 3.5
REPEATS = 3
PROVIDERS = (
    'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n    }\n  }\n}\n'
)
BARE = 'resource "terraform_data" "this" {\n  count = 30\n}\n'
RESOURCES = """
resource "aws_s3_bucket" "this" {
  count         = 5
  bucket        = "bench-${count.index}"
  force_destroy = true
}

resource "aws_s3_bucket_versioning" "this" {
  count  = 5
  bucket = aws_s3_bucket.this[count.index].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_sqs_queue" "this" {
  count = 5
  name  = "bench-${count.index}"
}

resource "aws_sns_topic" "this" {
  count = 5
  name  = "bench-${count.index}"
}

resource "aws_iam_role" "this" {
  count              = 5
  name               = "bench-${count.index}"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}

resource "aws_cloudwatch_log_group" "this" {
  count             = 5
  name              = "/bench/${count.index}"
  retention_in_days = 30
}
"""
STEPS = (
    ("init", "-input=false"),
    ("plan", "-input=false", "-out=plan"),
    ("apply", "-input=false", "plan"),
    ("plan", "-input=false", "-detailed-exitcode"),
    ("destroy", "-auto-approve", "-input=false"),
)


@dataclass(frozen=True)
class Figures:
    """Medians in seconds, and how many MB the sandbox grew by serving them."""

    steps: dict[str, float]
    validate: float
    validate_bare: float
    grown_mb: float

    @property
    def whole(self) -> float:
        """Seconds from init to destroy."""
        return sum(self.steps.values())


def measure(folder: Path) -> Figures:
    """Run all steps, several times, in one sandbox."""
    with supervisor.running("bench-terraform") as sandbox:
        environment = core.quiet_environment({**os.environ, **sandbox.environment})
        before = _resident(sandbox.pid)
        steps: dict[str, list[float]] = {}
        for number in range(REPEATS):
            root = _root(folder / str(number), PROVIDERS + RESOURCES)
            for position, step in enumerate(STEPS):
                name = "empty plan" if position == 3 else step[0]
                steps.setdefault(name, []).append(_run(root, environment, *step))
        grown = (_resident(sandbox.pid) - before) / 2**20
        root, bare = folder / "0", _root(folder / "bare", BARE)
        validate = [_run(root, environment, "validate") for _ in range(REPEATS)]
        alone = [_run(bare, environment, "validate") for _ in range(REPEATS)]
    medians = {name: statistics.median(seconds) for name, seconds in steps.items()}
    return Figures(medians, statistics.median(validate), statistics.median(alone), grown)


def _resident(pid: int) -> int:
    server = psutil.Process(pid)
    return sum(one.memory_info().rss for one in (server, *server.children(recursive=True)))


def _root(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "main.tf").write_text(text)
    return folder


def _run(root: Path, environment: dict[str, str], *arguments: str) -> float:
    start = time.perf_counter()
    subprocess.run(
        [*core.find(environment).command, *arguments],
        cwd=root,
        env=environment,
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - start
