"""A new project runs as its README says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from s_infra.projects.making import make


def test_a_new_project_passes_its_own_test(tmp_path: Path) -> None:
    project = make("churn", tmp_path)
    readme = (project.directory / "README.md").read_text()
    install, *steps = readme.split("```sh\n", 1)[1].split("```", 1)[0].splitlines()
    assert install == "pip install --requirement requirements.txt"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(steps)],
        cwd=project.directory,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout
    assert not list(project.directory.glob("terraform.tfstate.lock*"))
