"""Each component alone: its examples are planned or applied and gone again, its own tests pass."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from module_support import REPOSITORY, validate, workspace
from pipeline_support import inventory

from s_infra.sandbox import environment
from s_infra.sandbox.supervisor import Sandbox
from s_infra.terraform.core import find, quiet_environment

Clients = Callable[[str], Any]
COMPONENTS = sorted(path.parent for path in (REPOSITORY / "components/aws").glob("*/tests"))
# Their complete examples are held against what they do, in tests of their own.
APPLIED_ELSEWHERE = ("glue-crawler", "glue-job", "metric-alarm", "rds-postgres", "schedule")


def name(path: Path) -> str:
    return path.name


def test_every_component_has_examples_and_tests() -> None:
    every = sorted(path.parent for path in (REPOSITORY / "components/aws").glob("*/versions.tf"))
    assert every == COMPONENTS
    for component in every:
        assert {path.name for path in (component / "examples").iterdir()} == {"minimal", "complete"}


@pytest.mark.parametrize("component", COMPONENTS, ids=name)
def test_its_own_tests_pass(sandbox: Sandbox, tmp_path: Path, component: Path) -> None:
    # With its neighbours: some of them call another.
    shutil.copytree(component.parent, tmp_path / "components")
    copy = tmp_path / "components" / component.name
    variables = quiet_environment(environment.for_command(os.environ, sandbox.environment))
    for command in (["init", "-input=false"], ["test", "-no-color"]):
        done = subprocess.run(
            [*find(variables).command, *command],
            cwd=copy,
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 failed" in done.stdout
    assert "0 passed" not in done.stdout


@pytest.mark.parametrize("component", COMPONENTS, ids=name)
def test_its_smallest_example_is_planned(sandbox: Sandbox, tmp_path: Path, component: Path) -> None:
    made = workspace(component / "examples/minimal", sandbox, tmp_path)
    validate(made)
    assert made.has_changes()


@pytest.mark.parametrize(
    "component", [one for one in COMPONENTS if one.name not in APPLIED_ELSEWHERE], ids=name
)
def test_its_complete_example_is_applied_once_and_leaves_nothing(
    sandbox: Sandbox, clients: Clients, tmp_path: Path, component: Path
) -> None:
    made = workspace(component / "examples/complete", sandbox, tmp_path)
    validate(made)
    try:
        made.apply()
        assert not made.has_changes()
        assert all(value not in (None, "") for value in made.outputs().values())
    finally:
        made.destroy()
    assert {kind: left for kind, left in inventory(clients).items() if left} == {}
