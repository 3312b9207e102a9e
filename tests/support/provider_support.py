"""Drives a Terraform core against a sandbox's provider and tells what it planned, as data."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from s_infra.sandbox.supervisor import Sandbox
from s_infra.terraform import core

ROOTS = Path(__file__).parents[1] / "functional/roots"
# The cores that this machine has: the built-in one is always there.
CORES = (core.BUILT_IN, *(name for name in ("terraform", "tofu") if shutil.which(name)))
_MIRRORS = (
    "~/.terraform.d/plugins",
    "~/.local/share/terraform/plugins",
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins",
)
VERSIONS = """
terraform {
  required_providers {
    archive = {
      source = "hashicorp/archive"
    }
    aws = {
      source = "hashicorp/aws"
    }
  }
}
"""


def stock_mirror() -> Path | None:
    """Return the filesystem mirror that has hashicorp/aws, where there is one.

    TF_PLUGIN_CACHE_DIR and Terraform's own places are looked at.
    """
    places = [os.environ.get("TF_PLUGIN_CACHE_DIR", ""), *_MIRRORS]
    folders = [Path(place).expanduser() for place in places if place]
    provider = "registry.terraform.io/hashicorp/aws"
    return next((folder for folder in folders if (folder / provider).is_dir()), None)


@dataclass(frozen=True)
class Failure:
    """A diagnostic: its summary and detail, the resource it is about, and its line in the file."""

    summary: str
    detail: str
    address: str | None
    line: int | None


@dataclass(frozen=True)
class Root:
    """A root module in a directory of its own, with a sandbox to go with it."""

    directory: Path
    sandbox: Sandbox
    core: core.Core

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the core; whether it succeeds is the caller's to look at."""
        environment = core.quiet_environment({**os.environ, **self.sandbox.environment})
        return subprocess.run(
            [*self.core.command, *arguments],
            cwd=self.directory,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def done(self, *arguments: str) -> str:
        """Run a command that must succeed, and return its output."""
        result = self.run(*arguments)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def apply(self, **variables: object) -> None:
        """Apply the configuration."""
        self.done("apply", "-auto-approve", "-input=false", "-no-color", *_given(variables))

    def destroy(self) -> None:
        """Destroy all that the state has."""
        self.done("destroy", "-auto-approve", "-input=false", "-no-color")

    def plan(self, **variables: object) -> dict[str, list[str]]:
        """Plan, and return the actions by address; what needn't change isn't in it."""
        result = self.run(
            "plan", "-input=false", "-out=plan", "-detailed-exitcode", "-no-color", *_given(variables)
        )
        assert result.returncode in (0, 2), result.stdout + result.stderr
        if result.returncode == 0:
            return {}
        changes = self.planned()["resource_changes"]
        actions = {change["address"]: change["change"]["actions"] for change in changes}
        return {address: doing for address, doing in actions.items() if doing not in (["no-op"], ["read"])}

    def planned(self) -> Any:
        """Return the last plan, as `terraform show -json` tells it."""
        return json.loads(self.done("show", "-json", "plan"))

    def state(self) -> dict[str, Mapping[str, Any]]:
        """Return the attributes of each managed resource by its address."""
        values = json.loads(self.done("show", "-json"))["values"]["root_module"]["resources"]
        return {item["address"]: item["values"] for item in values if item["mode"] == "managed"}

    def failures(self, *arguments: str) -> list[Failure]:
        """Run a command that must fail, and return its errors."""
        result = self.run(*arguments, "-json")
        assert result.returncode != 0, result.stdout
        if arguments[0] == "validate":
            found = json.loads(result.stdout)["diagnostics"]
        else:
            lines = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
            found = [line["diagnostic"] for line in lines if "diagnostic" in line]
        return [_failure(item) for item in found if item["severity"] == "error"]


def root_from(name: str, directory: Path, sandbox: Sandbox, *, with_core: core.Core | None = None) -> Root:
    """Return a copy of a root module of the tests, initialised."""
    shutil.copytree(ROOTS / name, directory, dirs_exist_ok=True)
    return _initialised(directory, sandbox, with_core)


def root_of(text: str, directory: Path, sandbox: Sandbox, *, with_core: core.Core | None = None) -> Root:
    """Return a root module of a text, initialised; the providers are required in a file beside it."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "main.tf").write_text(text)
    (directory / "versions.tf").write_text(VERSIONS)
    return _initialised(directory, sandbox, with_core)


def _initialised(directory: Path, sandbox: Sandbox, with_core: core.Core | None) -> Root:
    root = Root(directory, sandbox, with_core or core.find())
    root.done("init", "-input=false", "-no-color")
    return root


def _given(variables: Mapping[str, object]) -> list[str]:
    texts = {
        name: value if isinstance(value, str) else json.dumps(value) for name, value in variables.items()
    }
    return [f"-var={name}={text}" for name, text in texts.items()]


def _failure(item: Mapping[str, Any]) -> Failure:
    place = item.get("range")
    return Failure(
        summary=item["summary"],
        detail=item.get("detail", ""),
        address=item.get("address"),
        line=place["start"]["line"] if place else None,
    )
