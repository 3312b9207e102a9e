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


def kept_demo(tmp_path: Path, clone: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `make demo KEEP=1` in a clone whose environment is made."""
    return subprocess.run(
        ["make", "--no-print-directory", "--assume-old=.venv/.installed", "demo", "KEEP=1"],
        cwd=clone,
        env={**os.environ, **environment, "S_INFRA_STATE_DIR": str(tmp_path / "state")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_gate_that_no_model_passes_is_told_and_the_sandbox_that_is_kept_goes_on(tmp_path: Path) -> None:
    clone = copy_repository(tmp_path / "clone")
    environment = {**os.environ, "S_INFRA_STATE_DIR": str(tmp_path / "state")}
    try:
        check_the_refusal(kept_demo(tmp_path, clone, TF_VAR_inference_metric_threshold="1.5"))
        # In the sandbox that goes on: what differs is applied, and the same files are two more runs.
        again = kept_demo(tmp_path, clone)
        assert again.returncode == 0, again.stderr
        pages = sorted((clone / "examples/ml-ops-on-aws/build").glob("*-run.html"))
        assert [page.name for page in pages] == ["scoring-run.html", "training-run.html"]
        assert 'data-gate="passed"' in pages[1].read_text(encoding="utf-8")
        assert "examples/ml-ops-on-aws/build/training-run.html" in again.stderr
        told = again.stderr[again.stderr.index("To look around") :].splitlines()
        commands = [line.strip() for line in told if line.startswith("  ") and "AWS" not in line]
        looks = [line for line in commands if "runs list" in line or "runs show" in line or "mail" in line]
        assert len(looks) == 4
        shown = subprocess.run(
            ["bash", "-euc", "\n".join([commands[0], *looks])],
            cwd=clone,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert shown.returncode == 0, shown.stderr
        assert shown.stdout.count("refused") == 1
        assert "registered" in shown.stdout
    finally:
        ended = subprocess.run(
            [".venv/bin/s-infra", "sandbox", "down", "--name", "demo"],
            cwd=clone,
            env=environment,
            check=False,
        )
    assert ended.returncode == 0
    assert not list((tmp_path / "state").rglob("sandbox.json"))


def check_the_refusal(done: subprocess.CompletedProcess[str]) -> None:
    """Look at what is told of a gate that was not passed."""
    assert done.returncode == 2, done.stderr
    assert "error: no model passed the gate" in done.stderr
    assert done.stderr.count("  Completed  ") == 4
    assert "NumericGreaterThan 1.5: not passed, nothing is deployed" in done.stderr
    assert "land score.csv" not in done.stderr
    assert "The sandbox goes on" in done.stderr


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
