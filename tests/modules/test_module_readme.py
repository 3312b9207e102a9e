"""What a module's README shows is planned, and what it tells is what the module's files say now."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from docs_support import PROGRAM
from pipeline_support import CONTAINER, REPOSITORY, TRANSFORM, WHEEL_SOURCE

from s_infra.packaging import builds
from s_infra.sandbox import environment
from s_infra.sandbox.supervisor import Sandbox
from s_infra.terraform.core import Workspace

COMPONENTS = sorted(path.parent for path in (REPOSITORY / "components/aws").glob("*/versions.tf"))
CATALOG = REPOSITORY / "catalog/aws/ml-ops"

# What the components' examples take from one another's surroundings.
SURROUNDINGS = """
module "source_repository" {
  source = "../../components/aws/s3-store"
  name   = "demo-source-repository-123456789012"
}

module "extract_store" {
  source = "../../components/aws/s3-store"
  name   = "demo-extract-store-123456789012"
}

data "aws_vpc" "this" {
  default = true
}

data "aws_subnets" "private" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.this.id]
  }
}

resource "aws_security_group" "loader" {
  name = "demo-loader"
}

data "aws_iam_policy_document" "start_execution" {
  statement {
    actions   = ["states:StartExecution"]
    resources = [module.training.arn]
  }
}

data "aws_iam_policy_document" "training" {
  statement {
    actions   = ["glue:StartJobRun"]
    resources = [module.transform.arn]
  }
}

resource "aws_iam_role" "training" {
  name               = "demo-training-job"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "sagemaker.amazonaws.com" }
    }]
  })
}
"""


def example(module: Path) -> str:
    """Return the usage notes' block of HCL; the README shows it."""
    found = re.findall(r"^```hcl$\n(.*?)^```$", (module / "USAGE.md").read_text(), re.MULTILINE | re.DOTALL)
    assert len(found) == 1, module
    return str(found[0])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A user's project with the files that the examples name."""
    shutil.copytree(CONTAINER, tmp_path / "source/containers/ml-ops-byo-custom")
    (tmp_path / "source/scripts").mkdir()
    shutil.copy(TRANSFORM, tmp_path / "source/scripts")
    shutil.copytree(CATALOG / "functions", tmp_path / "functions")
    shutil.copytree(CATALOG / "workflows", tmp_path / "workflows")
    builds.build(WHEEL_SOURCE, tmp_path / "build", "glue-python-shell-3.9", lambda _: None)
    return tmp_path


def planned(project: Path, text: str, sandbox: Sandbox) -> bool:
    """Plan `text` as the project's root module; tell whether it makes anything."""
    here = os.path.relpath(REPOSITORY, project)
    (project / "main.tf").write_text(text.replace('"../../c', f'"{here}/c'))
    workspace = Workspace(project, environment=environment.for_command(os.environ, sandbox.environment))
    workspace.init()
    return workspace.has_changes()


def test_the_components_examples_make_one_project(project: Path, sandbox: Sandbox) -> None:
    assert planned(project, "\n".join(map(example, COMPONENTS)) + SURROUNDINGS, sandbox)


def test_the_catalogs_example_is_a_project(project: Path, sandbox: Sandbox) -> None:
    assert planned(project, example(CATALOG), sandbox)


@pytest.mark.parametrize("module", [*COMPONENTS, CATALOG], ids=lambda module: module.name)
def test_every_input_and_output_is_told_of(module: Path) -> None:
    text = (module / "README.md").read_text()
    files = "\n".join(path.read_text() for path in module.glob("*.tf"))
    names = set(re.findall(r'^(?:variable|output) "(\w+)"', files, re.MULTILINE))
    assert len(names) > 2
    told = {heading.replace("\\", "") for heading in re.findall(r"^####? (\S+)$", text, re.MULTILINE)}
    assert names - told == set()
    assert (module / "USAGE.md").read_text().strip() in text


def test_pages_are_what_the_docs_command_writes() -> None:
    done = subprocess.run(
        [PROGRAM, "docs", "--check"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_there_is_nothing_to_mend_in_what_modules_tell() -> None:
    done = subprocess.run(
        [PROGRAM, "docs", "lint"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
