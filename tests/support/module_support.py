"""Applies a root module in a sandbox: one of the fixtures, or one written by the test."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from s_infra.sandbox import environment
from s_infra.sandbox.supervisor import Sandbox
from s_infra.terraform.core import OVERRIDE_VARIABLE, Workspace, find, quiet_environment

REPOSITORY = Path(__file__).parents[2]
FIXTURES = REPOSITORY / "tests/data/modules"
CONTAINER = REPOSITORY / "source/containers/ml-ops-byo-custom"


def workspace(
    root: Path,
    sandbox: Sandbox,
    scratch: Path,
    variables: Mapping[str, str] | None = None,
    core: str | None = None,
) -> Workspace:
    """Return the root module with its state in `scratch`, initialised; `core` as in S_INFRA_TERRAFORM."""
    scratch.mkdir(parents=True, exist_ok=True)
    chosen = {} if core is None else {OVERRIDE_VARIABLE: core}
    made = Workspace(
        root,
        state_directory=scratch,
        variables=variables or {},
        environment={**environment.for_command(os.environ, sandbox.environment), **chosen},
    )
    made.init()
    return made


def validate(made: Workspace) -> None:
    """Check the module against the providers' schemas, with nothing planned."""
    done = subprocess.run(
        [*find(made.environment).command, "validate", "-no-color"],
        cwd=made.directory,
        env={**quiet_environment(made.environment), "TF_DATA_DIR": f"{made.state_directory}/data"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Warning" not in done.stdout, done.stdout


@contextlib.contextmanager
def applied(
    fixture: str, sandbox: Sandbox, scratch: Path, variables: Mapping[str, str] | None = None
) -> Iterator[Workspace]:
    """Apply a fixture; destroy it at the end."""
    made = workspace(FIXTURES / fixture, sandbox, scratch, variables)
    try:
        made.apply()
        yield made
    finally:
        made.destroy()


def write_root(directory: Path, module: Path, arguments: Mapping[str, Any]) -> Path:
    """Write a root module that calls `module` with `arguments`, and return its folder."""
    directory.mkdir(parents=True, exist_ok=True)
    root = {
        "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}},
        "module": {"this": {"source": os.path.relpath(module, directory), **arguments}},
    }
    (directory / "main.tf.json").write_text(json.dumps(root), encoding="utf-8")
    return directory
