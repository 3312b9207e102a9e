"""When the demo fails it exits with 1, and its screen tells what failed and why."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from pipeline_support import copy_repository


def demo(tmp_path: Path, clone: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run what `make demo` runs."""
    return subprocess.run(
        [
            ".venv/bin/s-infra",
            "sandbox",
            "exec",
            "--",
            ".venv/bin/python",
            "examples/walk.py",
            "ml-ops-on-aws",
        ],
        cwd=clone,
        env={**os.environ, **environment, "S_INFRA_STATE_DIR": str(tmp_path / "state")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_gate_that_no_model_passes_is_told_with_every_trial(tmp_path: Path) -> None:
    clone = copy_repository(tmp_path / "clone")
    done = demo(tmp_path, clone, TF_VAR_inference_metric_threshold="1.5")
    assert done.returncode == 1
    assert "error: no model passed the gate" in done.stderr
    assert done.stderr.count("  Completed  ") == 4
    assert "NumericGreaterThan 1.5: not passed, nothing is deployed" in done.stderr
    assert "land score.csv" not in done.stderr


def test_a_transform_that_raises_is_told_with_state_reason_and_log(tmp_path: Path) -> None:
    clone = copy_repository(tmp_path / "clone")
    script = clone / "source/scripts/transform.py"
    script.write_text(script.read_text().replace('TARGET = "benign"', 'TARGET = "malign"'))
    done = demo(tmp_path, clone)
    assert done.returncode == 1
    assert "failed in state Transform: States.TaskFailed" in done.stderr
    assert "train/train.csv: no column 'malign'; the header has sample_id" in done.stderr
    assert "log /aws-glue/python-jobs/error" in done.stderr
    assert "Traceback" in done.stderr
