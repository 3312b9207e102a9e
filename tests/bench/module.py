"""Times the whole module, 96 resources of examples/ml-ops-on-aws, with each core that the machine has."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from s_infra.sandbox import supervisor
from s_infra.terraform import core

REPOSITORY = Path(__file__).parents[2]
ROOT = REPOSITORY / "examples/ml-ops-on-aws"
PROGRAMS = Path(sys.executable).parent


def seconds() -> dict[str, dict[str, float]]:
    """Return by core, the one that was found and the built-in one, the seconds of each step."""
    sources, built = REPOSITORY / "source/scripts/python", ROOT / "build"
    command = [str(PROGRAMS / "s-infra"), "wheel", "build", str(sources), "--out", str(built)]
    subprocess.run(command, check=True, capture_output=True)
    cores = {
        found.origin: found for found in (core.find(), core.find({core.OVERRIDE_VARIABLE: core.BUILT_IN}))
    }
    return {origin: _steps(found) for origin, found in cores.items()}


def _steps(found: core.Core) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as scratch, supervisor.running("bench-module") as sandbox:
        environment = core.quiet_environment({**os.environ, **sandbox.environment})
        environment |= {"TF_DATA_DIR": f"{scratch}/data", "PATH": f"{PROGRAMS}:{os.environ['PATH']}"}
        state, steps = f"-state={scratch}/state", {}
        for name, arguments in {
            "init": ("init",),
            "validate": ("validate",),
            "plan": ("plan", state, f"-out={scratch}/plan"),
            "apply": ("apply", state, f"{scratch}/plan"),
            "empty plan": ("plan", state, "-detailed-exitcode"),
            "destroy": ("destroy", state, "-auto-approve"),
        }.items():
            start = time.perf_counter()
            command = [*found.command, *arguments]
            subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
            steps[name] = time.perf_counter() - start
    return steps
