"""What the README says to type is typed here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from pipeline_support import CONTAINER, REPOSITORY, TRANSFORM, copy_repository

from s_infra.sandbox import environment
from s_infra.sandbox.supervisor import Sandbox
from s_infra.terraform.core import Workspace

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """Return the text of a section of the README."""
    found = re.search(rf"^## {re.escape(title)}$(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


def blocks(text: str, language: str) -> list[str]:
    """Return the code blocks of one language."""
    return re.findall(rf"^```{language}$\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_the_walk_by_hand_ends_with_predictions_and_leaves_no_sandbox(tmp_path: Path) -> None:
    steps = blocks(section("A first walk, by hand"), "sh")
    assert len(steps) >= 5
    script = "\n".join(steps).replace("/tmp/walk", str(tmp_path / "walk"))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=copy_repository(tmp_path / "clone"),
        env={**os.environ, "S_INFRA_STATE_DIR": str(tmp_path / "state")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "predictions: s3://" in done.stderr
    assert "data-predictions=" in (tmp_path / "walk/run.html").read_text(encoding="utf-8")
    assert "Destroy complete!" in done.stdout
    assert "gate: accuracy" in done.stderr
    assert not list((tmp_path / "state").rglob("sandbox.json"))


def test_the_block_for_ones_own_project_is_valid(sandbox: Sandbox, tmp_path: Path) -> None:
    (block,) = blocks(section("In your own project"), "hcl")
    source = re.search(r'source = "(.*?)"', block)
    assert source
    block = block.replace(source[1], os.path.relpath(REPOSITORY / "catalog/aws/ml-ops", tmp_path))
    scripts, container = tmp_path / "source/scripts", tmp_path / "source/containers/churn"
    shutil.copytree(CONTAINER, container)
    scripts.mkdir()
    shutil.copy(TRANSFORM, scripts)
    (tmp_path / "main.tf").write_text(
        block
        + """
locals {
  environment = {
    vpc_id          = "vpc-00000000"
    aws_region      = "us-east-1"
    public_subnets  = []
    private_subnets = []
  }
}
"""
    )
    workspace = Workspace(tmp_path, environment=environment.for_command(os.environ, sandbox.environment))
    workspace.init()
    assert workspace.has_changes()


def test_the_two_commands_are_targets_of_the_makefile() -> None:
    commands = blocks(section("Two commands"), "sh")[0].splitlines()
    targets = [re.split(r"\s+", command)[1] for command in commands]
    assert targets == ["demo", "test"]
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)


def test_the_folders_that_the_readme_names_are_there() -> None:
    named = re.findall(r"^\| `(.+?)` \|", section("What is where"), re.MULTILINE)
    assert len(named) >= 5
    assert [name for name in named if not (REPOSITORY / name).is_dir()] == []
