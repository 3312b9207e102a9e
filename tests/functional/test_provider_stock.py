"""The aws provider of the registry against the sandbox, where a filesystem mirror has it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from provider_support import stock_mirror

from s_infra.sandbox.supervisor import Sandbox
from s_infra.terraform import core

TEXT = """
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.46, < 7"
    }
  }
}

resource "aws_s3_bucket" "this" {
  bucket        = "stock"
  force_destroy = true
}

resource "aws_s3_bucket_versioning" "this" {
  bucket = aws_s3_bucket.this.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_sqs_queue" "this" {
  name = "stock"
}

resource "aws_iam_role" "this" {
  name               = "stock"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}
"""


def test_the_stock_provider_applies_plans_nothing_and_destroys(sandbox: Sandbox, tmp_path: Path) -> None:
    mirror = stock_mirror()
    if mirror is None:
        pytest.skip("no filesystem mirror here has hashicorp/aws: the stock provider isn't tried")
    (tmp_path / "main.tf").write_text(TEXT)
    variables = {**os.environ, **sandbox.environment}
    del variables["TF_REATTACH_PROVIDERS"]
    environment = core.quiet_environment(variables)

    def run(*arguments: str) -> None:
        command = [*core.find().command, *arguments, "-no-color"]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    run("init", "-input=false", f"-plugin-dir={mirror}")
    run("apply", "-input=false", "-auto-approve")
    run("plan", "-input=false", "-detailed-exitcode")
    run("destroy", "-input=false", "-auto-approve")
