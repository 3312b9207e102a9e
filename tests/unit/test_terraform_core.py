from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from s_infra.errors import SInfraError
from s_infra.terraform.core import BUILT_IN, Workspace, find

BUILT_IN_ENVIRONMENT = {**os.environ, "S_INFRA_TERRAFORM": BUILT_IN}


def program(directory: Path, name: str) -> Path:
    path = directory / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_terraform_comes_before_tofu_and_both_before_the_built_in_core(tmp_path: Path) -> None:
    environment = {"PATH": str(tmp_path)}
    assert find(environment).origin == BUILT_IN
    tofu = program(tmp_path, "tofu")
    assert find(environment).command == (str(tofu),)
    terraform = program(tmp_path, "terraform")
    assert find(environment).command == (str(terraform),)
    assert find({**environment, "S_INFRA_TERRAFORM": BUILT_IN}).origin == BUILT_IN


def test_a_core_that_was_named_and_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SInfraError, match="S_INFRA_TERRAFORM=nowhere"):
        find({"PATH": str(tmp_path), "S_INFRA_TERRAFORM": "nowhere"})


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    module = tmp_path / "module"
    module.mkdir()
    (module / "main.tf").write_text(
        'variable "word" { type = string }\n'
        'resource "terraform_data" "this" { input = var.word }\n'
        'output "word" { value = terraform_data.this.output }\n'
    )
    state = tmp_path / "state"
    state.mkdir()
    return Workspace(
        module, state_directory=state, variables={"word": "hello"}, environment=BUILT_IN_ENVIRONMENT
    )


def test_the_built_in_core_applies_plans_nothing_and_keeps_its_state_apart(workspace: Workspace) -> None:
    lines: list[str] = []
    workspace.init()
    assert workspace.has_changes()
    workspace.apply(on_line=lines.append)
    assert "Apply complete! Resources: 1 added, 0 changed, 0 destroyed." in lines
    assert workspace.outputs() == {"word": "hello"}
    assert not workspace.has_changes()
    assert [path.name for path in workspace.directory.iterdir()] == ["main.tf"]
    workspace.destroy()
    assert workspace.outputs() == {}


def test_a_failure_carries_the_diagnostic_and_the_module(workspace: Workspace) -> None:
    (workspace.directory / "main.tf").write_text(
        'variable "word" {}\nresource "terraform_data" "this" { inputs = var.word }\n'
    )
    workspace.init()
    with pytest.raises(SInfraError, match="Unsupported argument") as raised:
        workspace.apply()
    assert str(workspace.directory) in str(raised.value)


def test_the_command_hands_over_exit_code_and_output(workspace: Workspace) -> None:
    command = [str(Path(sys.executable).with_name("s-infra")), "terraform", "--"]
    done = subprocess.run(
        [*command, "version"], capture_output=True, text=True, env=BUILT_IN_ENVIRONMENT, check=False
    )
    assert done.returncode == 0
    assert done.stdout.startswith("Terraform v1.")
    failed = subprocess.run(
        [*command, "nonsense"], capture_output=True, text=True, env=BUILT_IN_ENVIRONMENT, check=False
    )
    assert failed.returncode == 1
